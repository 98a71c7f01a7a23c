"""A report for people: nested figures as indented lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SPREAD = {"min", "median", "max"}
_WIDTH = 34


def lines(report: Mapping[str, object], depth: int = 0) -> Iterator[str]:
    """The lines of a report.

    Args:
        report: numbers, texts, spreads, lists, and objects of these.
        depth: level of indentation.
    """
    for name, value in report.items():
        head = f"{'  ' * depth}{name}"
        if isinstance(value, dict) and value.keys() != _SPREAD:
            yield head
            yield from lines(value, depth + 1)
        else:
            yield f"{head:<{_WIDTH}} {_in_words(value)}"


def _in_words(value: object) -> str:
    if isinstance(value, dict):
        return " / ".join(_in_words(value[name]) for name in ("min", "median", "max"))
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    return str(value)
