"""What stands in a changelog as lines of text that do not depend on how its bytes are laid out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.lanes.lane import MARKER
from creator_pulse.stream.panes.rows import LOW_BITS
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.panes.tables import Table

_ROWS, _NAMES, _FIRSTS, _FINALS = b"h", b"i", b"e", b"f"


def source_state(live: Mapping[bytes, bytes]) -> Iterator[str]:
    """The state of a source lane: each live entry, in the order of its keys.

    Args:
        live: entries of one changelog partition.
    """
    for key, value in sorted(live.items()):
        if key == MARKER:
            yield f"marker {_marker(value)}"
        elif key == LOG_IDENTITY:
            yield f"origin {_origin(value)}"
        else:
            yield f"{key!r} {value!r}"


def merge_state(live: Mapping[bytes, bytes]) -> Iterator[str]:
    """The state of a merge lane: its sums by pane, measure, labels and identity, then all other entries.

    Args:
        live: entries of one changelog partition.
    """
    yield from _sums(live)
    several: dict[str, list[str]] = defaultdict(list)
    """What is kept in packs: text by the window or hour that it belongs to."""
    for key, value in sorted(live.items()):
        kind, name = key[:1], key[1:]
        if key == MARKER:
            yield f"marker {_marker(value)}"
        elif key == LOG_IDENTITY:
            continue  # it digests pane records, in which the order of cells is free
        elif kind in {_NAMES, _FINALS}:
            *at, _number = msgspec.msgpack.decode(name)
            several[f"{kind!r} {at}"] += msgspec.msgpack.decode(value)
        elif kind not in {_ROWS, _FIRSTS}:
            yield f"{kind!r} {_read(name)} {_read(value)}"
    for at, texts in sorted(several.items()):
        yield from (f"{at} {text}" for text in sorted(texts))


def written(live: Mapping[bytes, bytes], topic: str) -> Iterator[str]:
    """The bytes of the live entries, of a merge lane those that do not hang on the order of pane cells.

    Args:
        live: entries of one changelog partition.
        topic: that the lane reads, without prefix.
    """
    free = {LOG_IDENTITY[:1], _FINALS} if topic == "pane" else set()
    for key, value in sorted(live.items()):
        if key[:1] not in free:
            yield f"{key.hex()} {value.hex()}"


def _sums(live: Mapping[bytes, bytes]) -> Iterator[str]:
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    tables = {table.name: table for table in tables_of(CATALOGUE).values()}
    for key, value in live.items():
        if key[:1] in {_ROWS, _FIRSTS} and key != MARKER:
            level, begin, name, _number = msgspec.msgpack.decode(key[1:])
            lots, keys, sums = msgspec.msgpack.decode(value)
            where = [
                (*labels, "late" if late else "in time") for labels, late, rows in lots for _ in range(rows)
            ]
            who = [_numbers(key, len(where), signed=False) for key in keys]
            names = [",".join(f"{column[row]:x}" for column in who) for row in range(len(where))]
            table = tables.get(name)
            for measure, totals in _measures(table, sums, len(where)).items():
                at = measure if table else f"{name} {measure}"
                for (*labels, part), of_row, total in zip(where, names, totals, strict=True):
                    if table and not table.keys:
                        # A label set that has records shows both parts, also if they are 0.
                        for other in ("in time", "late"):
                            found[at, level, begin, *labels, of_row, other] += 0
                    found[at, level, begin, *labels, of_row, part] += total
    for where_at, total in sorted(found.items(), key=lambda item: tuple(map(str, item[0]))):
        if total or where_at[-2] == "":
            # A row of an identity that is 0 is as none, and goes when its pane is written anew.
            yield f"sum {'|'.join(map(str, where_at))} = {total}"


def _measures(table: Table | None, sums: Mapping[str, bytes], count: int) -> dict[str, list[int]]:
    """The sums of each measure, whole; of the firsts, which are in no table of the catalogue, each column."""
    if table is None:
        return {name: _numbers(packed, count, signed=True) for name, packed in sums.items()}
    found = {}
    for measure in table.measures:
        found[measure] = [0] * count
        for limb, place in enumerate(table.places(measure)):
            packed = sums.get(table.columns[place])
            if packed is not None:
                parts = _numbers(packed, count, signed=True)
                found[measure] = [
                    low + (part << LOW_BITS * limb) for low, part in zip(found[measure], parts, strict=True)
                ]
    return found


def _numbers(data: bytes, count: int, *, signed: bool) -> list[int]:
    """A column: narrow ones are unsigned; 64 bits wide ones of sums have a sign."""
    width = len(data) // count
    kind = "i" if signed and width == np.dtype(np.int64).itemsize else "u"
    numbers: list[int] = np.frombuffer(data, dtype=f"{kind}{width}").tolist()
    return numbers


def _marker(value: bytes) -> dict[str, Any]:
    """The marker without the version of the layout."""
    fields = msgspec.msgpack.decode(value)
    return {
        name: _read(value) if name == "state" else value for name, value in fields.items() if name != "format"
    }


def _origin(value: bytes) -> list[Any]:
    began, resets, _floor, base, last, _readable = msgspec.msgpack.decode(value)
    return [began, resets, base, last]


def _read(data: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return data
