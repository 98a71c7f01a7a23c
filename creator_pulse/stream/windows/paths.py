"""What goes from state to state: which steps are legal, how long each took, what still waits.

A step is judged in the order of the log, and only the log moves states: whatever came before a record
in its partition decides. A record whose event id has made a step already is no step: it is left to
the dedup horizon.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.catalog.declare import HOUR_MS
from creator_pulse.stream.windows.kept import Shown
from creator_pulse.stream.windows.keyed_book import KeyedBook

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.schema import PathRule
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.watermark import Mask, Times

ILLEGAL = "illegal_step"
_MOST_IDS = 32


class Path(msgspec.Struct, array_like=True):
    """One thing on its way.

    Attributes:
        state: event type of the last step.
        since_ms: event time of the last step.
        mark: largest time seen after it: the watermark, but for the out-of-orderness.
        ids: hashes of the event ids of the last steps, 16 bytes each.
    """

    state: str
    since_ms: int
    mark: int
    ids: list[bytes]


class Paths(KeyedBook[Path]):
    """All things of one partition that are on their way, or have lately come to an end.

    Args:
        rule: the legal steps.
        events: event types, in the order of the schema.
        settings: the allowed lateness, for which the end of a way stays known.
    """

    kind = "paths"
    prefix = b"x"

    def __init__(self, rule: PathRule, events: tuple[str, ...], settings: Settings) -> None:
        super().__init__(Path, settings.allowed_lateness_ms, settings.most_followed)
        self._rule = rule
        self._events = events
        self._waiting: Counter[tuple[str, int]] = Counter()

    def step(self, decoded: Decoded, valid: Mask, times: Times, highest: int) -> npt.NDArray[np.int64]:
        """Take the valid records of a batch in their order, and refuse illegal steps.

        Args:
            decoded: the batch; what is refused is added to its reasons.
            valid: shape (n,), what is valid so far; what is refused is taken out.
            times: shape (n,), ``min(event_time, ingest time)``, ms.
            highest: the largest such time before the batch, or ``NONE``.

        Returns:
            shape (n,): ms since the step before, -1 where there was none.
        """
        took = np.full(len(decoded), -1, dtype=np.int64)
        rows = np.flatnonzero(valid)
        keys = decoded.names(self._rule.key, rows)
        columns = (decoded.kind, decoded.ints("event_time"), decoded.ints("is_test"), times)
        for row, key, kind, event_ms, test, time in zip(
            rows.tolist(), keys, *(column[rows].tolist() for column in columns), strict=True
        ):
            before, after = highest, max(highest, time)
            if not test:
                step = Path(self._events[kind], event_ms, after, [decoded.ids[row].tobytes()])
                done = self._one(key, step, before)
                if done is None:
                    decoded.reasons[row] = ILLEGAL
                    valid[row] = False
                    continue
                took[row] = done
            highest = after
        return took

    def shown(self, watermark: int) -> Iterator[Shown]:
        """Of each state that something may wait in: how many do, how many too long, since when the first.

        Args:
            watermark: now, by the log, ms.
        """
        for state in self._rule.steps:
            if state in self._rule.closing:
                continue
            hours = {hour: count for (one, hour), count in self._waiting.items() if one == state}
            due = self._rule.due.get(state)
            over = 0 if due is None else sum(n for hour, n in hours.items() if hour + due < watermark)
            labels = (("state", state.removeprefix("deal_")),)
            yield Shown("pulse_open_deals", labels, sum(hours.values()))
            yield Shown("pulse_overdue_deals", labels, over)
            yield Shown("pulse_oldest_open_deal_timestamp_seconds", labels, min(hours, default=0) / 1000)

    def _one(self, key: bytes, step: Path, before: int) -> int | None:
        """Ms since the step before, -1 where it is not known or this is no step; None for an illegal one."""
        path = self._recalled(key, before)
        if path is None:
            if self._has_room(before):
                self._write(key, step)
            return -1
        if step.ids[0] in path.ids:
            return -1
        if path.state not in self._rule.steps[step.state]:
            return None
        step.ids = [*path.ids, *step.ids][-_MOST_IDS:]
        self._write(key, step)
        return max(0, step.since_ms - path.since_ms)

    def _is_over(self, entry: Path) -> bool:
        return entry.state in self._rule.closing

    def _count(self, entry: Path, one: int) -> None:
        hour = entry.state, entry.since_ms // HOUR_MS * HOUR_MS
        self._waiting[hour] += one
        if not self._waiting[hour]:
            del self._waiting[hour]
