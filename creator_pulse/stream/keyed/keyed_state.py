"""Keyed state with a TTL: an entry for each id, until it has been closed, or silent, for long enough."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.lanes.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPEN_MS = 400 * DAY_MS
"""TTL of entries that never reach a last state. Generous, because expiry is housekeeping."""
_LEAST_QUEUED = 1_024


class Marked(Protocol):
    """The state of one id.

    Attributes:
        mark: time by the log when it was last heard of, ms.
    """

    mark: int


Entry = TypeVar("Entry", bound=Marked)


class KeyedState(ABC, Generic[Entry]):
    """The things of one partition that are open, or were lately.

    Args:
        entry: struct of an entry.
        over_ms: TTL of a closed entry, by the largest time seen, ms.
        most: entries that are kept; a new id beyond it is counted, but not followed.
        behind_ms: how far marks are behind the largest time seen.

    Example::

        class Streaks(KeyedState[Streak]):
            def _is_over(self, entry):
                return entry.ended

            def _count(self, entry, one):
                self.open += one
    """

    def __init__(self, entry: type[Entry], over_ms: int, most: int, behind_ms: int = 0) -> None:
        self._entry = entry
        self._over_ms = over_ms
        self._behind_ms = behind_ms
        self.most = most
        self.overflowed = 0
        """Times that something new found no free room, since this was last set to 0."""
        self._by_key: dict[bytes, Entry] = {}
        self._over: deque[tuple[int, bytes]] = deque()
        self._open: deque[tuple[int, bytes]] = deque()
        self._dirty: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._by_key)

    def drain(self, highest: int) -> Iterator[tuple[bytes, bytes | None]]:
        """Drop entries whose TTL has passed at the largest time seen; yield changes since the last call."""
        if highest != NONE:
            self._forget_until(highest - self._behind_ms)
        # Sorted, so that a replay writes the same bytes.
        for key in sorted(self._dirty):
            entry = self._by_key.get(key)
            yield key, None if entry is None else msgspec.msgpack.encode(entry)
        self._dirty.clear()

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take back drained entries that still live, in any order."""
        restored = [(key, msgspec.msgpack.decode(value, type=self._entry)) for key, value in entries]
        for key, entry in sorted(restored, key=lambda item: item[1].mark):
            self._put(key, entry)

    @abstractmethod
    def _is_over(self, entry: Entry) -> bool:
        """Whether it has come to an end."""

    @abstractmethod
    def _count(self, entry: Entry, sign: int) -> None:
        """Count an open entry.

        Args:
            entry: of something that is still open.
            sign: 1 when it comes, -1 when it goes.
        """

    def _recalled(self, key: bytes, now: int) -> Entry | None:
        """The entry of a key, if its TTL has not passed by now."""
        entry = self._by_key.get(key)
        if entry is not None and now - entry.mark > (self._over_ms if self._is_over(entry) else OPEN_MS):
            self._drop(key)
            return None
        return entry

    def _has_room(self, now: int) -> bool:
        """Whether something new may be followed; the log alone decides, not when entries are drained."""
        if len(self._by_key) >= self.most:
            self._forget_until(now)
        if len(self._by_key) < self.most:
            return True
        self.overflowed += 1
        self._forget_oldest_over()
        return len(self._by_key) < self.most

    def _forget_oldest_over(self) -> None:
        """Make room: the entries closed longest ago go, all of one mark, so that the log alone decides."""
        oldest: int | None = None
        while self._over and (oldest is None or self._over[0][0] == oldest):
            mark, key = self._over.popleft()
            entry = self._by_key.get(key)
            if entry is not None and entry.mark == mark and self._is_over(entry):
                oldest = mark
                self._drop(key)

    def _write(self, key: bytes, entry: Entry) -> None:
        """Know this of a key from now on."""
        if key in self._by_key:
            self._drop(key)
        self._put(key, entry)
        self._dirty.add(key)

    def _put(self, key: bytes, entry: Entry) -> None:
        self._by_key[key] = entry
        over = self._is_over(entry)
        queue = self._over if over else self._open
        queue.append((entry.mark, key))
        # More than half of the queue is stale: tidying costs no more than what has come since the last time.
        if len(queue) > 2 * len(self._by_key) + _LEAST_QUEUED:
            self._tidy(queue, over=over)
        if not over:
            self._count(entry, 1)

    def _drop(self, key: bytes) -> None:
        entry = self._by_key.pop(key)
        self._dirty.add(key)
        if not self._is_over(entry):
            self._count(entry, -1)

    def _tidy(self, queue: deque[tuple[int, bytes]], *, over: bool) -> None:
        """Drop what stands in a queue again further behind: a thing may be heard of any number of times."""
        # By key and mark, each once: an entry stands in a queue as often as it was heard of.
        now = dict.fromkeys(
            (entry.mark, key)
            for _, key in queue
            if (entry := self._by_key.get(key)) is not None and self._is_over(entry) is over
        )
        queue.clear()
        queue.extend(sorted(now))

    def _forget_until(self, now: int) -> None:
        self._forget(self._over, now - self._over_ms)
        self._forget(self._open, now - OPEN_MS)

    def _forget(self, queue: deque[tuple[int, bytes]], bound: int) -> None:
        """Drop what stands in a queue and was not heard of since; marks in it never fall."""
        while queue and queue[0][0] < bound:
            mark, key = queue.popleft()
            entry = self._by_key.get(key)
            # With another mark it was heard of again, and stands further behind in a queue.
            if entry is not None and entry.mark == mark:
                self._drop(key)
