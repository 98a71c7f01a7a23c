"""What goes from state to state: which steps are legal, how long each took, what still waits.

A step is judged in the order of the log, and only the log moves states: whatever came before a record
in its partition decides. But steps overtake one another on their way, so one that skips others is taken,
and those that it skipped are taken after it, for the allowed lateness. A record whose event id has made a
step already is no step, and a duplicate.
"""

from __future__ import annotations

from collections import Counter
from struct import Struct
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.events.fields import EVENT_TIME, IS_TEST
from creator_pulse.stream.keyed.keyed_state import OPEN_MS, KeyedState
from creator_pulse.stream.keyed.keyed_table import gauge_sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.schema import PathRule
    from creator_pulse.stream.lanes.arrays import Mask, Times
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.settings import Settings

ILLEGAL = "illegal_step"
_MOST_IDS = 32
_FIRST_STEP = Struct("<Bqq")
# Of a step: how long it took is not known; its event id has made a step already.
_UNKNOWN, _AGAIN = -1, -2


class Path(msgspec.Struct, array_like=True):
    """One thing on its way.

    Attributes:
        state: event type of the step that it has come to.
        since_ms: event time of that step.
        since_mark: largest time seen after that step: the watermark, but for the out-of-orderness.
        mark: likewise after the last step that was taken.
        ids: hashes of the event ids of the last steps, 16 bytes each.
        first_steps: of the first step of each event type, in the order of the log: place of the type among
            the rule's, mark, event time; as ``_FIRST_STEP`` puts them.
    """

    state: str
    since_ms: int
    since_mark: int
    mark: int
    ids: list[bytes]
    first_steps: bytes


class Paths(KeyedState[Path]):
    """All things of one partition on their way or at their end: a step that comes again is none.

    Args:
        rule: the states, the legal steps and the last states.
        events: event types, in the order of the schema.
        settings: the allowed lateness, within which an overtaken step may come.
    """

    kind = "paths"
    prefix = b"x"

    def __init__(self, rule: PathRule, events: tuple[str, ...], settings: Settings) -> None:
        super().__init__(Path, OPEN_MS, settings.most_followed)
        self._lateness_ms = settings.allowed_lateness_ms
        self._rule = rule
        self._ahead = rule.ahead
        self._types = tuple(rule.steps)
        self._events = events
        self._waiting: Counter[tuple[str, int]] = Counter()

    def step(self, decoded: Decoded, valid: Mask, times: Times, highest: int) -> tuple[Times, Mask]:
        """Take the valid records of a batch in their order, and refuse illegal steps.

        Args:
            decoded: the batch; refused records get a reason.
            valid: shape (n,), valid records so far; refused ones are cleared.
            times: shape (n,), ``min(event_time, ingest time)``, ms.
            highest: the largest such time before the batch, or ``NONE``.

        Returns:
            shape (n,): ms since the step before, -1 where it is not known; and whether the event id has made
            a step already.
        """
        took = np.full(len(decoded), _UNKNOWN, dtype=np.int64)
        # Row by row: what a step is depends on the state that the steps before it in this batch have left.
        rows = np.flatnonzero(valid)
        keys = decoded.names(self._rule.key, rows)
        columns = (decoded.kind, decoded.ints(EVENT_TIME), decoded.ints(IS_TEST), times)
        for row, key, kind, event_ms, test, time in zip(
            rows.tolist(), keys, *(column[rows].tolist() for column in columns), strict=True
        ):
            before, after = highest, max(highest, time)
            if not test:
                # The mark is the largest time after this record: that of the log, not the record's own.
                state, ids = self._events[kind], [decoded.ids[row].tobytes()]
                packed = _FIRST_STEP.pack(self._types.index(state), after, event_ms)
                step = Path(state, event_ms, after, after, ids, packed)
                done = self._one(key, step, before)
                if done is None:
                    decoded.reasons[row] = ILLEGAL
                    valid[row] = False
                    continue
                took[row] = done
            highest = after
        again: Mask = took == _AGAIN
        took[again] = _UNKNOWN
        return took, again

    def gauges(self, watermark: int) -> Iterator[Sample]:
        """Of each state that something may wait in: how many do, how many too long, since when the first.

        Args:
            watermark: now, by the log, ms.
        """
        for state in self._rule.steps:
            if state in self._rule.closing:
                continue
            # Waiting things are counted by the hour since when they wait, so the oldest is the smallest hour.
            hours = {
                hour: count for (waiting_in, hour), count in self._waiting.items() if waiting_in == state
            }
            due = self._rule.due.get(state)
            over = 0 if due is None else sum(n for hour, n in hours.items() if hour + due < watermark)
            labels = (("state", state.removeprefix(self._rule.prefix)),)
            yield gauge_sample(self._rule.waiting, labels, sum(hours.values()))
            yield gauge_sample(self._rule.overdue, labels, over)
            yield gauge_sample(self._rule.oldest, labels, min(hours, default=0) / 1000)

    def _one(self, key: bytes, step: Path, before: int) -> int | None:
        """Ms since the step before, ``_UNKNOWN``, ``_AGAIN``; None for an illegal one."""
        path = self._recalled(key, before)
        if path is None:
            if self._has_room(before):
                self._write(key, step)
            return _UNKNOWN
        if step.ids[0] in path.ids:
            return _AGAIN
        first_steps = self._first_steps(path)
        direct = path.state in self._rule.steps[step.state]
        moves = self._moves(path, step, direct=direct)
        if not moves:
            if not self._was_overtaken(path, step, first_steps, before):
                return None
            direct = False
        took = max(0, step.since_ms - path.since_ms) if direct else _UNKNOWN
        # 17 bytes for each event type that was taken, appended once: the order is that of the log.
        step.first_steps = (
            path.first_steps if step.state in first_steps else path.first_steps + step.first_steps
        )
        step.ids = [*path.ids, *step.ids][-_MOST_IDS:]
        if not moves:
            step.state, step.since_ms, step.since_mark = path.state, path.since_ms, path.since_mark
        self._write(key, step)
        return took

    def _moves(self, path: Path, step: Path, *, direct: bool) -> bool:
        """Whether a step comes after the one that a path has come to: next to it, or at a distance."""
        if step.state not in self._ahead[path.state]:
            return False
        if path.state in self._ahead[step.state]:
            # Each may follow the other, so only their own times tell which is the newer.
            same = step.state == path.state
            return step.since_ms > path.since_ms if same else step.since_ms >= path.since_ms
        return direct or step.since_ms >= path.since_ms

    def _first_steps(self, path: Path) -> dict[str, tuple[int, int]]:
        """Event type -> mark and event time of the first such step."""
        return {
            self._types[place]: (mark, event_ms)
            for place, mark, event_ms in _FIRST_STEP.iter_unpack(path.first_steps)
        }

    def _was_overtaken(
        self, path: Path, step: Path, first_steps: Mapping[str, tuple[int, int]], before: int
    ) -> bool:
        """Whether a step belongs before one that was taken lately, and is not taken yet."""
        again = step.state in self._ahead[step.state]
        if not again and step.state in first_steps:
            return False
        if again and path.state in self._ahead[step.state] and step.state in self._ahead[path.state]:
            # It is older than the step of its own round that the path has come to.
            return step.since_ms < path.since_ms and before - path.since_mark <= self._lateness_ms
        for state, (mark, event_ms) in first_steps.items():
            if state in self._ahead[step.state] and step.state not in self._ahead[state]:
                return step.since_ms <= event_ms and before - mark <= self._lateness_ms
        return False

    def _is_over(self, entry: Path) -> bool:
        return entry.state in self._rule.closing

    def _count(self, entry: Path, sign: int) -> None:
        hour = entry.state, entry.since_ms // HOUR_MS * HOUR_MS
        self._waiting[hour] += sign
        # A Counter keeps zeros: without this hours would pile up for ever.
        if not self._waiting[hour]:
            del self._waiting[hour]
