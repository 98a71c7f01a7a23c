"""The texts behind hashes, where somebody wants to know them: leaderboards and cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.catalog.declaration.declare import HOUR_MS
from creator_pulse.stream.transport.record_size import packs, text_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.windows.lane import Entry


class Told:
    """Which texts a source lane has told of: each once an hour of event time, to each merge lane.

    So a merge lane may forget a text when the panes of its hour go. After a restart everything is told again.
    """

    def __init__(self) -> None:
        self._hours: dict[tuple[str, str], npt.NDArray[np.int64]] = {}

    def fresh(self, column: str, app: str, codes: npt.NDArray[np.int32], hour: int, known: int) -> list[int]:
        """Those of some codes that are to be told; from now on they are.

        Args:
            column: of the texts.
            app: of the rows: it chooses the merge lane.
            codes: of the texts; -1 where null.
            hour: of the pane.
            known: texts in the column's dictionary.
        """
        hours = self._hours.get((column, app))
        if hours is None or len(hours) < known:
            grown = np.full(max(1024, 2 * known), -1, dtype=np.int64)
            grown[: 0 if hours is None else len(hours)] = () if hours is None else hours
            hours = self._hours[column, app] = grown
        new: list[int] = np.unique(codes[(codes >= 0) & (hours[codes] < hour)]).tolist()
        hours[new] = hour
        return new

    def clear(self) -> None:
        """The codes mean other texts from now on."""
        self._hours.clear()


class Names:
    """What a merge lane was told: text by hash.

    Entries: hour and number; the texts that were told first in that hour.

    Args:
        key: of the installation.
        most: texts that are kept; further ones are told by their hash.
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
        self._gone: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._texts)

    def of(self, hashed: int) -> str:
        """The text of a hash; where the record that told it was lost to retention, the hash itself."""
        return self._texts.get(hashed) or f"#{hashed:016x}"

    def add(self, start: int, texts: Iterable[str]) -> None:
        """Keep texts for as long as panes of an hour are kept.

        Args:
            start: of a pane of it.
            texts: ids.
        """
        hour = start // HOUR_MS
        self._fresh.setdefault(hour, []).extend(self._keep(hour, texts))

    def forget(self, before: int) -> None:
        """Drop the texts of the hours that end by a time, ms."""
        for hour in [one for one in self._hours if (one + 1) * HOUR_MS <= before]:
            for hashed in self._hours.pop(hour):
                del self._hour_of[hashed], self._texts[hashed]
            self._gone += [(hour, number) for number in range(self._numbers.pop(hour, 0))]
            self._fresh.pop(hour, None)

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        for at in self._gone:
            yield msgspec.msgpack.encode(at), None
        for hour, texts in self._fresh.items():
            for pack in packs(texts, text_size):
                number = self._numbers.get(hour, 0)
                self._numbers[hour] = number + 1
                yield msgspec.msgpack.encode((hour, number)), msgspec.msgpack.encode(pack)
        self._gone.clear()
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
            known = self._hour_of.get(hashed)
            if known is None and len(self._texts) >= self.most:
                self.overflowed += 1
            elif known is None or known < hour:
                if known is not None:
                    self._hours[known].discard(hashed)
                self._hour_of[hashed], self._texts[hashed] = hour, text
                self._hours.setdefault(hour, set()).add(hashed)
                yield text
