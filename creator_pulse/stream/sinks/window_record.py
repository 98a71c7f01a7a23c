"""Records of ``pulse.window``: one per window result, provisional, final or restated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.events.joined import SEPARATOR, escaped
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import WINDOW_TOPIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.declare import Value


class WindowRecord(msgspec.Struct, frozen=True):
    """One result (contract section 3, *Windows*).

    Attributes:
        name: value name without ``pulse_``.
        window: label.
        start: epoch ms, inclusive.
        end: epoch ms, exclusive.
        labels: names and values.
        state: ``provisional``, ``final`` or ``restated``.
        revision: 0, and one more with each restatement.
        value: integer sum (or quotient) as decimal text; null where a denominator is 0.
        scale: what ``value`` is divided by where it is shown.
        parts: measure id and integer sum, as decimal text.
        watermark: lowest of the partitions that are not idle, ms.
        reason: why it is restated (``late``, ``idle``); of a provisional one ``late`` if it holds late
            records; else empty.
        versions: of the references that it was computed with.
    """

    name: str
    window: str
    start: int
    end: int
    labels: dict[str, str]
    state: str
    revision: int
    value: str | None
    scale: int
    parts: tuple[tuple[str, str], ...]
    watermark: int
    reason: str
    versions: dict[str, int]


def keyed(value: Value, window: str, start: int, pairs: str) -> str:
    """The key of a result: ``name|window|start|app=...,region=...``.

    A value's labels have the same names in the same order, and their values are escaped, so no two results
    have one key.

    Args:
        value: the declaration that the result is of.
        window: label of the window.
        start: of the window, epoch ms.
        pairs: ``pairs_of`` the labels, as ``named`` gives them.
    """
    return f"{value.name}|{window}|{start}|{pairs}"


def pairs_of(labels: Mapping[str, str]) -> str:
    """The part of a key that its labels make."""
    return SEPARATOR.join([f"{name}={escaped(text)}" for name, text in labels.items()])


def written(key: str, record: WindowRecord, partition: int) -> OutRecord:
    """The record to send.

    Args:
        key: as ``keyed`` gives it.
        record: the content.
        partition: of the merge lane; a key is always of the same one.
    """
    return OutRecord(WINDOW_TOPIC, key.encode(), msgspec.json.encode(record), partition)
