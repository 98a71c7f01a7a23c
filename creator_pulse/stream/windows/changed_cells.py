"""Pane cells that changed after a window over them had closed, and wait to be restated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.panes.cells import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.panes.store import Key

CHANGED = b"q"
"""First byte of the changelog keys."""
_NAME = msgspec.msgpack.Decoder(tuple[int, int, str, Labels])


class ChangedCells:
    """Collects changed cells until their beat: a restatement costs, and late records come in crowds.

    Those that are being restated stay in the changelog until all are: after a crash in the middle
    they are restated once more.

    Entries: ``q`` + level, pane start, measure and labels; the reason.

    Args:
        interval_s: seconds from the first change until restatements are due.

    Example:
        >>> cells = ChangedCells(interval_s=60.0)
        >>> cells.mark(60_000, 0, ("gifts", ("tiktok",)), "late")
        >>> cells.due(1_000), cells.due(61_000)
        (False, True)
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_ms = round(interval_s * 1000)
        self._reasons: dict[tuple[int, int, Key], str] = {}
        # Those that are being restated.
        self._taken: dict[tuple[int, int, Key], str] = {}
        self._dirty: set[tuple[int, int, Key]] = set()
        self._due_ms: int | None = None

    def mark(self, level: int, start: int, key: Key, reason: str) -> None:
        """Note a change; ``idle`` stands, as ``late`` does not explain a final without in-time records."""
        if self._reasons.get((level, start, key)) != "idle":
            self._reasons[level, start, key] = reason
        self._dirty.add((level, start, key))

    def __len__(self) -> int:
        return len(self._reasons.keys() | self._taken.keys())

    def due(self, now_ms: int) -> bool:
        """Whether it is time to restate; the first call after a change sets the time."""
        if not self._reasons:
            return False
        if self._due_ms is None:
            self._due_ms = now_ms + self._interval_ms
        return now_ms >= self._due_ms

    def take(self) -> dict[int, dict[tuple[int, Key], str]]:
        """Take all, to be restated: level -> pane start and key -> reason."""
        self._due_ms = None
        # Changes that come while these are restated are collected afresh, for the next time.
        self._taken, self._reasons = self._reasons, {}
        by_level: dict[int, dict[tuple[int, Key], str]] = {}
        for (level, start, key), reason in self._taken.items():
            by_level.setdefault(level, {})[start, key] = reason
        return by_level

    def restated(self) -> None:
        """Those that were taken are restated."""
        self._dirty.update(self._taken)
        self._taken.clear()

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for cells that were restated."""
        for level, start, key in sorted(self._dirty):
            # In neither: restated, so the entry goes.
            reason = self._reasons.get((level, start, key)) or self._taken.get((level, start, key))
            name = msgspec.msgpack.encode((level, start, *key))
            yield CHANGED + name, None if reason is None else reason.encode()
        self._dirty.clear()

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave; the first byte of the key is cut off."""
        level, start, measure, labels = _NAME.decode(name)
        self._reasons[level, start, (measure, labels)] = value.decode()
