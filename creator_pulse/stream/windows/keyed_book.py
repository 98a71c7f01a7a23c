"""What is known of things by their id, until they have been over, or silent, for long enough."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from creator_pulse.stream.catalog.declare import DAY_MS
from creator_pulse.stream.windows.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPEN_MS = 400 * DAY_MS
"""How far time goes on until what never came to an end is forgotten: it is no question of the hour."""


class Marked(Protocol):
    """What the book knows of one thing.

    Attributes:
        mark: time by the log when it was last heard of, ms.
    """

    mark: int


Entry = TypeVar("Entry", bound=Marked)


class KeyedBook(ABC, Generic[Entry]):
    """The things of one partition that are open, or were lately.

    Args:
        entry: the struct that says what is known of one.
        over_ms: how far time goes on until what is over is forgotten.
        behind_ms: how far marks are behind the largest time seen.
    """

    def __init__(self, entry: type[Entry], over_ms: int, behind_ms: int = 0) -> None:
        self._entry = entry
        self._over_ms = over_ms
        self._behind_ms = behind_ms
        self._known: dict[bytes, Entry] = {}
        self._over: deque[tuple[int, bytes]] = deque()
        self._open: deque[tuple[int, bytes]] = deque()
        self._dirty: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._known)

    def drain(self, highest: int) -> Iterator[tuple[bytes, bytes | None]]:
        """Forget what is over at the largest time seen, and give what changed since the last call."""
        if highest != NONE:
            now = highest - self._behind_ms
            self._forget(self._over, now - self._over_ms)
            self._forget(self._open, now - OPEN_MS)
        for key in sorted(self._dirty):
            entry = self._known.get(key)
            yield key, None if entry is None else msgspec.msgpack.encode(entry)
        self._dirty.clear()

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take back what was given and is not forgotten, in any order."""
        found = [(key, msgspec.msgpack.decode(value, type=self._entry)) for key, value in entries]
        for key, entry in sorted(found, key=lambda one: one[1].mark):
            self._put(key, entry)

    @abstractmethod
    def _is_over(self, entry: Entry) -> bool:
        """Whether it has come to an end."""

    @abstractmethod
    def _count(self, entry: Entry, one: int) -> None:
        """Count what is open.

        Args:
            entry: not over.
            one: 1 when it comes, -1 when it goes.
        """

    def _recalled(self, key: bytes, now: int) -> Entry | None:
        """What is known of a key; what should be forgotten by now is so at once."""
        entry = self._known.get(key)
        if entry is not None and now - entry.mark > (self._over_ms if self._is_over(entry) else OPEN_MS):
            self._drop(key)
            return None
        return entry

    def _write(self, key: bytes, entry: Entry) -> None:
        """Know this of a key from now on."""
        if key in self._known:
            self._drop(key)
        self._put(key, entry)
        self._dirty.add(key)

    def _put(self, key: bytes, entry: Entry) -> None:
        self._known[key] = entry
        if self._is_over(entry):
            self._over.append((entry.mark, key))
        else:
            self._open.append((entry.mark, key))
            self._count(entry, 1)

    def _drop(self, key: bytes) -> None:
        entry = self._known.pop(key)
        self._dirty.add(key)
        if not self._is_over(entry):
            self._count(entry, -1)

    def _forget(self, queue: deque[tuple[int, bytes]], bound: int) -> None:
        """Drop what stands in a queue and was not heard of since; marks in it never fall."""
        while queue and queue[0][0] < bound:
            mark, key = queue.popleft()
            entry = self._known.get(key)
            if entry is not None and entry.mark == mark:
                self._drop(key)
