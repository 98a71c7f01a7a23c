"""The texts behind hashed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.declaration.labels import UNKNOWN
from creator_pulse.stream.native.hash_key import NOBODY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MOST_NAMES = 8_192
"""Texts that are kept; more are not heard until the next hour."""
_HASH_BYTES = 8


class BreakdownNames:
    """Hash -> text. A source lane sends each text once an hour, so texts without a row may be forgotten.

    Example:
        >>> names = BreakdownNames()
        >>> names.hear(7, "rose", hour=5)
        >>> names.text(7), names.text(8), names.text(NOBODY[0])
        ('rose', 'not told', 'unknown')
    """

    def __init__(self) -> None:
        # Hash -> text, and the last hour in which it was told.
        self._told: dict[int, tuple[str, int]] = {}
        self._changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._told)

    def hear(self, name: int, text: str, hour: int) -> None:
        """Take a text.

        Args:
            name: hash of the text under the installation's key.
            text: itself, as the record had it.
            hour: of event time, since the epoch.
        """
        before = self._told.get(name)
        if before is None and len(self._told) >= MOST_NAMES:
            return
        if before is None or before[1] < hour:
            self._told[name] = (text, hour)
            self._changed.add(name)

    def text(self, name: int) -> str:
        """The text of a hash."""
        if name == NOBODY[0]:
            return UNKNOWN
        return self._told[name][0] if name in self._told else "not told"

    def forget(self, rows: Collection[int], hour: int) -> None:
        """Drop the texts that were last told before an hour, but those of some rows."""
        for name in [
            name for name, (_, last_hour) in self._told.items() if last_hour < hour and name not in rows
        ]:
            del self._told[name]
            self._changed.add(name)

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """The entries that changed since the last call; None for forgotten ones."""
        changed, self._changed = self._changed, set()
        for name in sorted(changed):
            entry = self._told.get(name)
            yield name.to_bytes(_HASH_BYTES, "big"), None if entry is None else msgspec.msgpack.encode(entry)

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave."""
        self._told[int.from_bytes(name, "big")] = msgspec.msgpack.decode(value, type=tuple[str, int])
