"""The texts behind hashes, where somebody wants to know them: leaderboards and cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.transport.record_size import packs, text_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.native.hash_key import HashKey


class Names:
    """The texts that a merge lane knows, by hash.

    Entries: hour and number; the texts that were told first in that hour.

    Args:
        key: the installation's secret, under which ids are hashed.
        most: texts that are kept; further ones are told by their hash.

    Example:
        >>> from creator_pulse.stream.native.hash_key import HashKey
        >>> key = HashKey(bytes(16))
        >>> names = Names(key)
        >>> names.add(0, ["ann"])
        >>> names.of(key.identity_of(b"ann")), names.of(1)
        ('ann', '#0000000000000001')
    """

    def __init__(self, key: HashKey, most: int = 2**62) -> None:
        self._key = key
        self.most = most
        self.overflowed = 0
        """Texts that found no room."""
        self._texts: dict[int, str] = {}
        self._hour_of: dict[int, int] = {}
        self._hours: dict[int, set[int]] = {}
        self._numbers: dict[int, int] = {}
        self._fresh: dict[int, list[str]] = {}
        self._removed: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._texts)

    def of(self, hashed: int) -> str:
        """The text of a hash; where the record that told it was lost to retention, the hash itself."""
        return self._texts.get(hashed) or f"#{hashed:016x}"

    def add(self, start: int, texts: Iterable[str]) -> None:
        """Keep texts for as long as panes of an hour are kept.

        Args:
            start: of a pane in that hour, epoch ms.
            texts: ids, each any number of times.
        """
        hour = start // HOUR_MS
        self._fresh.setdefault(hour, []).extend(self._keep(hour, texts))

    def forget(self, before: int) -> None:
        """Drop the texts of the hours that end by a time, ms."""
        for hour in [hour for hour in self._hours if (hour + 1) * HOUR_MS <= before]:
            for hashed in self._hours.pop(hour):
                del self._hour_of[hashed], self._texts[hashed]
            self._removed += [(hour, number) for number in range(self._numbers.pop(hour, 0))]
            self._fresh.pop(hour, None)

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        for at in self._removed:
            yield msgspec.msgpack.encode(at), None
        for hour, texts in self._fresh.items():
            for pack in packs(texts, text_size):
                number = self._numbers.get(hour, 0)
                self._numbers[hour] = number + 1
                yield msgspec.msgpack.encode((hour, number)), msgspec.msgpack.encode(pack)
        self._removed.clear()
        self._fresh.clear()

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave."""
        hour, number = msgspec.msgpack.decode(name, type=tuple[int, int])
        self._numbers[hour] = max(number + 1, self._numbers.get(hour, 0))
        list(self._keep(hour, msgspec.msgpack.decode(value, type=list[str])))

    def _keep(self, hour: int, texts: Iterable[str]) -> Iterator[str]:
        """Keep texts; those whose hour it changes."""
        for text in texts:
            hashed = self._key.identity_of(text.encode())
            hour_before = self._hour_of.get(hashed)
            if hour_before is None and len(self._texts) >= self.most:
                self.overflowed += 1
            elif hour_before is None or hour_before < hour:
                if hour_before is not None:
                    self._hours[hour_before].discard(hashed)
                self._hour_of[hashed], self._texts[hashed] = hour, text
                self._hours.setdefault(hour, set()).add(hashed)
                yield text
