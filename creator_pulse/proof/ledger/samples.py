"""Reads Prometheus samples: from a text exposition, or from a server's answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class ScrapedSample(NamedTuple):
    """One value of one series.

    For example ``ScrapedSample("pulse_gifts_total", {"app": "tiktok"}, 3.0)``.

    Attributes:
        name: family.
        labels: by name.
        value: as a float; Prometheus knows no other.
    """

    name: str
    labels: Mapping[str, str]
    value: float


def parse(text: str) -> Iterator[ScrapedSample]:
    """Read a text exposition.

    Args:
        text: a ``/metrics`` page.

    Yields:
        Its samples; comments and empty lines are passed over.

    Raises:
        ValueError: a line is neither a sample nor a comment.
    """
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"not a sample: {line!r}")
        labels = {
            name: re.sub(r"\\.", lambda part: _ESCAPES.get(part[0], part[0]), value)
            for name, value in _LABEL.findall(match[2] or "")
        }
        yield ScrapedSample(match[1], labels, float(match[3]))


def from_vector(name: str, answer: Mapping[str, Any]) -> Iterator[ScrapedSample]:
    """Read the answer to an instant query.

    Args:
        name: family that was asked for.
        answer: decoded body of ``/api/v1/query``, its result a vector.

    Yields:
        Its samples.
    """
    for row in answer["data"]["result"]:
        yield ScrapedSample(name, row["metric"], float(row["value"][1]))
