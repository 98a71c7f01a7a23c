"""What stands in a changelog as lines of text that do not depend on how its bytes are laid out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY
from creator_pulse.stream.windows.identity_rows import LOW_BITS
from creator_pulse.stream.windows.lane import MARKER
from creator_pulse.stream.windows.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CELLS, _ROWS, _NAMES, _FIRSTS, _FINALS = b"p", b"h", b"i", b"e", b"f"


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
        elif kind not in {_CELLS, _ROWS, _FIRSTS}:
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
    limbs = {
        column: (name, place)
        for name, table in tables_of(CATALOGUE).items()
        for place, column in enumerate(table.columns[at] for at in table.places(name))
    }
    for key, value in live.items():
        if key[:1] == _CELLS:
            level, begin, measure, labels = msgspec.msgpack.decode(key[1:])
            for part, total in enumerate(msgspec.msgpack.decode(value)):
                found[measure, level, begin, *labels, "", "late" if part else "in time"] += int(total)
        elif key[:1] in {_ROWS, _FIRSTS} and key != MARKER:
            level, begin, table, _number = msgspec.msgpack.decode(key[1:])
            lots, keys, sums = msgspec.msgpack.decode(value)
            where = [
                (*labels, "late" if late else "in time") for labels, late, rows in lots for _ in range(rows)
            ]
            who = zip(*(_numbers(one, len(where), signed=False) for one in keys), strict=True)
            names = [",".join(f"{one:x}" for one in of_row) for of_row in who]
            for column, packed in sums.items():
                measure, limb = limbs.get(column, (column, 0))
                at = measure if column in limbs else f"{table} {column}"
                totals = _numbers(packed, len(where), signed=True)
                for (*labels, part), name, total in zip(where, names, totals, strict=True):
                    found[at, level, begin, *labels, name, part] += total << (LOW_BITS * limb)
    cells = {at for at in found if at[-2] == ""}
    for at, total in sorted(found.items(), key=lambda item: tuple(map(str, item[0]))):
        if not total and at not in cells:
            continue  # a row of 0 is as none, and goes when its pane is written anew
        yield f"sum {'|'.join(map(str, at))} = {total}"


def _numbers(data: bytes, count: int, *, signed: bool) -> list[int]:
    """A column: narrow ones are unsigned; 64 bits wide ones of sums have a sign."""
    width = len(data) // count
    kind = "i" if signed and width == np.dtype(np.int64).itemsize else "u"
    numbers: list[int] = np.frombuffer(data, dtype=f"{kind}{width}").tolist()
    return numbers


def _marker(value: bytes) -> dict[str, Any]:
    """The marker without the version of the layout."""
    found = msgspec.msgpack.decode(value)
    return {name: _read(one) if name == "state" else one for name, one in found.items() if name != "format"}


def _origin(value: bytes) -> list[Any]:
    began, resets, _floor, base, last, _readable = msgspec.msgpack.decode(value)
    return [began, resets, base, last]


def _read(data: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return data
