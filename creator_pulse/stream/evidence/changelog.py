"""The state of a topic's evidence as changelog entries.

A key is the topic, a zero byte, a letter, and a number where there are several:

- ``r`` names of regions, measures and signals; every other entry is by their places
- ``p`` how far it has come, ``b`` the open block, ``o`` the outlook of its hour, ``l`` the learnt parameters
- ``s`` a slot, at its place of ``SLOTS``; ``a`` one that is too far ahead to have a place, empty once it has
- ``h`` an hour of blocks, at its place of ``RING / 12``

So there are never more keys than places, and older entries are written over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.evidence.history import HOUR, RING, SLOTS
from creator_pulse.stream.evidence.state import BLOCK, HOURLY, LEARNT, NAMES, POSITION, OpenBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.evidence.topic import TopicEvidence

_SLOT, _AHEAD, _HOUR = b"s", b"a", b"h"
_BY_SLOT = ("peak", "since")
"""Fields of the open block that change with every slot."""


def topic_of(key: bytes) -> str:
    """The topic whose evidence an entry belongs to."""
    return key.partition(b"\x00")[0].decode()


class _Names(msgspec.Struct, array_like=True):
    regions: list[str]
    measures: list[str]
    signals: list[str]


class _Position(msgspec.Struct, array_like=True):
    closed: int
    born: bytes
    peak: bytes
    since: bytes


class _Slot(msgspec.Struct, array_like=True):
    slot: int
    sums: list[int]
    expected: list[int]


class _OutlookOf(msgspec.Struct, array_like=True):
    hour: int
    arrays: list[bytes]


class _Ahead(msgspec.Struct, array_like=True):
    slot: int
    sums: list[tuple[int, int, int]]


class _Hour(msgspec.Struct, array_like=True):
    hour: int
    blocks: bytes
    factors: bytes
    rings: list[bytes]


class _Places(NamedTuple):
    """The present places of measures and signals that were written by another declaration."""

    measures: tuple[list[int], list[int], int]
    signals: tuple[list[int], list[int], int]


_pack = msgspec.msgpack.Encoder().encode


def entries(topic: str, evidence: TopicEvidence) -> Iterator[tuple[bytes, bytes]]:
    """What changed since the last call.

    Args:
        topic: its name without prefix.
        evidence: whose marks of change are cleared.
    """
    history, begin = evidence.history, topic.encode() + b"\x00"
    changed, evidence.changed = evidence.changed, set()
    if NAMES in changed:
        signals = [signal.name for signal in evidence.signals]
        yield begin + NAMES, _pack(_Names(list(history.regions), list(history.measures), signals))
    if LEARNT in changed:
        yield begin + LEARNT, _pack([each.tobytes() for each in evidence.learnt])
    if HOURLY in changed:
        outlook = [each.tobytes() for each in evidence.outlook]
        yield begin + HOURLY, _pack(_OutlookOf(evidence.outlook_hour, outlook))
    if BLOCK in changed:
        state = evidence.open._asdict()
        yield begin + BLOCK, _pack([state[name].tobytes() for name in state if name not in _BY_SLOT])
    yield from _of_slots(begin, evidence)
    hours = sorted({block // HOUR for block in history.dirty_blocks})
    history.dirty_blocks.clear()
    for hour in hours:
        places = np.arange(hour * HOUR, (hour + 1) * HOUR) % RING
        rings = [ring[:, :, places].tobytes() for ring in evidence.rings]
        value = _Hour(
            hour, history.blocks[:, :, places].tobytes(), evidence.factors[:, places].tobytes(), rings
        )
        yield _numbered(begin, _HOUR, hour % (RING // HOUR)), _pack(value)
    if POSITION in changed:
        closed = -1 if history.closed is None else history.closed
        since, peak = evidence.open.since.tobytes(), evidence.open.peak.tobytes()
        yield begin + POSITION, _pack(_Position(closed, history.born.tobytes(), peak, since))


def restored(topic: str, evidence: TopicEvidence, values: Mapping[bytes, bytes]) -> None:
    """Put the entries of a topic together.

    Args:
        topic: its name without prefix.
        evidence: new, without any increment.
        values: the last value of each key.

    Raises:
        ChangelogError: an entry is not as it is written.
    """
    begin = topic.encode() + b"\x00"
    try:
        names = msgspec.msgpack.decode(values[begin + NAMES], type=_Names)
        position = msgspec.msgpack.decode(values[begin + POSITION], type=_Position)
        history = evidence.history
        for region in names.regions:
            history.region_of(region)
        evidence.grow()
        places = _Places(
            _common(names.measures, list(history.measures)),
            _common(names.signals, [signal.name for signal in evidence.signals]),
        )
        history.closed = None if position.closed < 0 else position.closed
        _take(history.born, position.born, places.measures)
        _take(evidence.open.peak, position.peak, places.signals)
        _take(evidence.open.since, position.since, places.signals)
        for key, value in values.items():
            take = _TAKES.get(key[len(begin) : len(begin) + 1])
            if value and take is not None:
                take(evidence, value, places)
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise ChangelogError(f"evidence of topic {topic}: an entry cannot be read: {error}") from error
    evidence.settle()
    evidence.changed.clear()
    history.dirty_slots.clear()
    history.dirty_blocks.clear()


def _of_slots(begin: bytes, evidence: TopicEvidence) -> Iterator[tuple[bytes, bytes]]:
    history = evidence.history
    dirty, history.dirty_slots = sorted(history.dirty_slots), set()
    placed, history.placed = sorted(history.placed), set()
    for slot in placed:
        yield _numbered(begin, _AHEAD, slot), b""
    for slot in dirty:
        if slot in history.ahead:
            sums = [(row, column, total) for (row, column), total in history.ahead[slot].items()]
            yield _numbered(begin, _AHEAD, slot), _pack(_Ahead(slot, sums))
        elif history.has_place(slot):
            counts = history.slots[:, :, slot % SLOTS].ravel().tolist()
            past = history.closed is not None and slot < history.closed
            expected = evidence.expected[..., slot % history.recent].ravel().tolist() if past else []
            yield _numbered(begin, _SLOT, slot % SLOTS), _pack(_Slot(slot, counts, expected))


def _take_learnt(evidence: TopicEvidence, value: bytes, places: _Places) -> None:
    for target, part in zip(evidence.learnt, msgspec.msgpack.decode(value, type=list[bytes]), strict=True):
        _take(target, part, places.signals)


def _take_outlook(evidence: TopicEvidence, value: bytes, places: _Places) -> None:
    of_hour = msgspec.msgpack.decode(value, type=_OutlookOf)
    evidence.outlook_hour = of_hour.hour
    for target, part in zip(evidence.outlook, of_hour.arrays, strict=True):
        _take(target, part, places.signals)


def _take_block(evidence: TopicEvidence, value: bytes, places: _Places) -> None:
    fields = [name for name in OpenBlock._fields if name not in _BY_SLOT]
    for name, part in zip(fields, msgspec.msgpack.decode(value, type=list[bytes]), strict=True):
        _take(getattr(evidence.open, name), part, places.signals)


def _take_ahead(evidence: TopicEvidence, value: bytes, places: _Places) -> None:
    ahead = msgspec.msgpack.decode(value, type=_Ahead)
    then, now, _ = places.measures
    column_of = dict(zip(then, now, strict=True))
    sums = {(row, column_of[column]): total for row, column, total in ahead.sums if column in column_of}
    evidence.history.ahead[ahead.slot] = sums


def _take_slot(evidence: TopicEvidence, value: bytes, places: _Places) -> None:
    history, slot = evidence.history, msgspec.msgpack.decode(value, type=_Slot)
    if history.has_place(slot.slot):
        _columns(history.slots[:, :, slot.slot % SLOTS], np.array(slot.sums, np.int64), places.measures)
        if slot.expected:
            expected = evidence.expected[..., slot.slot % history.recent]
            _columns(expected, np.array(slot.expected, np.int64), places.signals)


def _take_hour(evidence: TopicEvidence, value: bytes, places: _Places) -> None:
    history, hour = evidence.history, msgspec.msgpack.decode(value, type=_Hour)
    # An hour that was not written over is of an earlier turn of the ring if all was silent since.
    if history.closed is None or hour.hour * HOUR <= history.closed // history.per_block - RING:
        return
    at = np.arange(hour.hour * HOUR, (hour.hour + 1) * HOUR) % RING
    _hours(history.blocks, at, hour.blocks, places.measures)
    for ring, part in zip(evidence.rings, hour.rings, strict=True):
        _hours(ring, at, part, places.signals)
    then, now, count = places.signals
    factors = np.frombuffer(hour.factors).reshape(count, HOUR)
    evidence.factors[np.ix_(np.array(now), at)] = factors[then]


_TAKES: Mapping[bytes, Callable[[TopicEvidence, bytes, _Places], None]] = {
    LEARNT: _take_learnt,
    BLOCK: _take_block,
    HOURLY: _take_outlook,
    _AHEAD: _take_ahead,
    _SLOT: _take_slot,
    _HOUR: _take_hour,
}


def _numbered(begin: bytes, kind: bytes, number: int) -> bytes:
    return begin + kind + number.to_bytes(8, "big", signed=True)


def _common(then: Sequence[str], now: Sequence[str]) -> tuple[list[int], list[int], int]:
    """Places then and now of the names in both, and how many there were."""
    both = [name for name in then if name in now]
    return [then.index(name) for name in both], [now.index(name) for name in both], len(then)


def _take(target: NDArray[np.generic], value: bytes, names: tuple[list[int], list[int], int]) -> None:
    """Put written rows, of maybe fewer regions, into an array by region and name."""
    _columns(target, np.frombuffer(value, target.dtype), names)


def _columns(
    target: NDArray[np.generic], flat: NDArray[np.generic], names: tuple[list[int], list[int], int]
) -> None:
    from_, to, of = names
    old = flat.reshape(-1, of, *target.shape[2:])
    # One index array at a time: rows are a slice, so this writes into the target itself.
    target[: len(old), to] = old[:, from_]


def _hours(
    target: NDArray[np.generic], at: NDArray[np.int64], value: bytes, names: tuple[list[int], list[int], int]
) -> None:
    from_, to, of = names
    old = np.frombuffer(value, target.dtype).reshape(-1, of, HOUR)
    target[np.ix_(np.arange(len(old)), np.array(to), at)] = old[:, from_]
