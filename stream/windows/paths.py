"""What goes from state to state: which steps are legal, how long each took, what still waits.

A step is judged in the order of the log, and only the log moves states: whatever came before a record
in its partition decides. A record whose event id has made a step already is no step: it is left to
the dedup horizon.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from stream.catalog.declare import DAY_MS, HOUR_MS
from stream.windows.kept import Shown, hashed
from stream.windows.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from stream.events.decoded import Decoded
    from stream.events.schema import PathRule
    from stream.settings import Settings
    from stream.windows.watermark import Mask, Times

ILLEGAL = "illegal_step"
OPEN_MS = 400 * DAY_MS
"""How far the watermark goes on until what never came to an end is forgotten."""
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


class Paths:
    """All things of one partition that are on their way, or have lately come to an end.

    Args:
        rule: the legal steps.
        events: event types, in the order of the schema.
        settings: the allowed lateness, for which the end of a way stays known.
    """

    kind = "paths"
    prefix = b"x"

    def __init__(self, rule: PathRule, events: tuple[str, ...], settings: Settings) -> None:
        self._rule = rule
        self._events = events
        self._lateness_ms = settings.allowed_lateness_ms
        self._paths: dict[bytes, Path] = {}
        self._waiting: Counter[tuple[str, int]] = Counter()
        self._ended: deque[tuple[int, bytes]] = deque()
        self._open: deque[tuple[int, bytes]] = deque()
        self._dirty: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._paths)

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
        keys = decoded.said(self._rule.key, rows)
        columns = (decoded.kind, decoded.ints("event_time"), decoded.ints("is_test"), times)
        for row, key, kind, event_ms, test, time in zip(
            rows.tolist(), keys, *(column[rows].tolist() for column in columns), strict=True
        ):
            before, after = highest, max(highest, time)
            if not test:
                step = Path(self._events[kind], event_ms, after, [decoded.ids[row].tobytes()])
                done = self._one(hashed(key), step, before)
                if done is None:
                    decoded.reasons[row] = ILLEGAL
                    valid[row] = False
                    continue
                took[row] = done
            highest = after
        return took

    def drain(self, highest: int) -> Iterator[tuple[bytes, bytes | None]]:
        """Forget what is over by the watermark, and give what changed since the last call.

        Args:
            highest: the largest time seen.
        """
        if highest != NONE:
            self._forget(self._ended, highest - self._lateness_ms)
            self._forget(self._open, highest - OPEN_MS)
        for key in sorted(self._dirty):
            path = self._paths.get(key)
            yield key, None if path is None else msgspec.msgpack.encode(path)
        self._dirty.clear()

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take back what was given and is not forgotten, in any order."""
        found = [(key, msgspec.msgpack.decode(value, type=Path)) for key, value in entries]
        for key, path in sorted(found, key=lambda one: one[1].mark):
            self._put(key, path)

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
        path = self._paths.get(key)
        if path is not None and before - self._kept_ms(path.state) > path.mark:
            self._drop(key)
            path = None
        if path is None:
            self._put(key, step)
            self._dirty.add(key)
            return -1
        if step.ids[0] in path.ids:
            return -1
        if path.state not in self._rule.steps[step.state]:
            return None
        self._drop(key)
        step.ids = [*path.ids, *step.ids][-_MOST_IDS:]
        self._put(key, step)
        return max(0, step.since_ms - path.since_ms)

    def _kept_ms(self, state: str) -> int:
        return self._lateness_ms if state in self._rule.closing else OPEN_MS

    def _put(self, key: bytes, path: Path) -> None:
        self._paths[key] = path
        if path.state in self._rule.closing:
            self._ended.append((path.mark, key))
        else:
            self._open.append((path.mark, key))
            self._waiting[path.state, path.since_ms // HOUR_MS * HOUR_MS] += 1

    def _drop(self, key: bytes) -> None:
        path = self._paths.pop(key)
        self._dirty.add(key)
        if path.state not in self._rule.closing:
            hour = path.state, path.since_ms // HOUR_MS * HOUR_MS
            self._waiting[hour] -= 1
            if not self._waiting[hour]:
                del self._waiting[hour]

    def _forget(self, queue: deque[tuple[int, bytes]], bound: int) -> None:
        """Drop what stands in a queue and has not moved since; marks in it never fall."""
        while queue and queue[0][0] < bound:
            mark, key = queue.popleft()
            path = self._paths.get(key)
            if path is not None and path.mark == mark:
                self._drop(key)
