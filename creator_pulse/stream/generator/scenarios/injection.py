"""Injects scenarios into a stream of records: from one moment of its virtual time to another."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.stream.generator.scenarios.change import Moment, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.generator.scenarios.scenario import RecordChange, Scenario

_MINUTE_MS = 60_000
_MOST_REPLAYED = 500_000
"""Records that a replay remembers: half a gigabyte at most."""


class Injection(NamedTuple):
    """A scenario of some size, from one moment to another.

    Attributes:
        scenario: what goes wrong.
        size: how large the fault is, in the scenario's unit.
        after_ms: when it begins, in ms after the start of the run.
        lasts_ms: for how long.
    """

    scenario: Scenario
    size: float
    after_ms: int
    lasts_ms: int


def injected(
    records: Iterable[Produced], injections: Sequence[Injection], start_ms: int, seed: int
) -> Iterator[Produced]:
    """The records of a run with faults in them; the same arguments give the same records.

    Args:
        records: in send order, their timestamps never fall.
        injections: the faults, in order; each changes the records that those before it leave.
        start_ms: virtual time of the start of the run, epoch ms.
        seed: of the randomness of the faults, which leaves that of the run alone.

    Yields:
        records whose timestamps never fall.
    """
    for number, injection in enumerate(injections):
        fault = _Fault(injection, start_ms, Random(f"{seed}-{number}-{injection.scenario.name}"))
        records = fault.through(records)
    yield from records


class _Fault:
    """One injection on its way through the stream."""

    def __init__(self, injection: Injection, start_ms: int, rng: Random) -> None:
        self._scenario, self._size = injection.scenario, injection.size
        self._from_ms = start_ms + injection.after_ms
        self._until_ms = self._from_ms + injection.lasts_ms
        self._lasts_ms = max(1, injection.lasts_ms)
        self._rng = rng
        self._seen = 0
        self._parts: dict[str, list[RecordChange]] = {}
        for part in injection.scenario.parts:
            self._parts.setdefault(part.topic, []).append(part)

    def through(self, records: Iterable[Produced]) -> Iterator[Produced]:
        """The records as they are sent with this fault among them."""
        match self._scenario.flow:
            case "change":
                return self._changed(records)
            case "hold":
                return self._held(records)
            case "replay":
                return self._replayed(records)
            case "pause":
                return iter(records)

    def _changed(self, records: Iterable[Produced]) -> Iterator[Produced]:
        for record in records:
            parts = self._parts.get(record.topic)
            if parts and self._from_ms <= record.timestamp_ms < self._until_ms:
                yield from self._change(record, parts)
            else:
                yield record

    def _change(self, record: Produced, parts: list[RecordChange]) -> Iterable[Produced]:
        fields = _fields(record.value)
        if fields is None:
            return (record,)  # a faulty record: nothing can be said of it
        for part in parts:
            about = not part.events or fields.get("event_type") in part.events
            # Time records only carry time: a fault of the platform leaves them alone.
            if about and fields.get("is_test") is not True and matches(fields, part.where):
                through = (record.timestamp_ms - self._from_ms) / self._lasts_ms
                moment = Moment(self._size, through, self._seen, self._rng)
                self._seen += 1
                changed = part.change(fields, moment)
                return [record._replace(value=msgspec.json.encode(fields)) for fields in changed]
        return (record,)

    def _held(self, records: Iterable[Produced]) -> Iterator[Produced]:
        """Records of one partition wait until the end of the fault, and come all at once."""
        waiting: list[Produced] = []
        for record in records:
            over = record.timestamp_ms >= self._until_ms
            if over and waiting:
                yield from (held_back._replace(timestamp_ms=record.timestamp_ms) for held_back in waiting)
                waiting = []
            held = record.topic in self._scenario.held and record.partition == int(self._size)
            if held and self._from_ms <= record.timestamp_ms and not over:
                waiting.append(record)
            else:
                yield record
        yield from waiting

    def _replayed(self, records: Iterable[Produced]) -> Iterator[Produced]:
        """The records of the last minutes come again when the fault begins."""
        last: deque[Produced] = deque(maxlen=_MOST_REPLAYED)
        reach_ms, again = self._size * _MINUTE_MS, False
        for record in records:
            if not again and record.timestamp_ms >= self._from_ms:
                again = True
                recent = (earlier for earlier in last if earlier.timestamp_ms >= self._from_ms - reach_ms)
                yield from (earlier._replace(timestamp_ms=record.timestamp_ms) for earlier in recent)
                last.clear()
            if not again and record.topic in self._scenario.held:
                while last and last[0].timestamp_ms < record.timestamp_ms - reach_ms:
                    last.popleft()
                last.append(record)
            yield record


def _fields(value: bytes | None) -> dict[str, object] | None:
    """The fields of a record; None if it is no JSON object."""
    if value is None:
        return None
    try:
        return msgspec.json.decode(value, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
