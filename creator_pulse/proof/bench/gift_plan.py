"""The gifts of a topic as columns, the same ones each time, and what their sums must be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.catalog.declare import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

Sums = dict[tuple[str, int], int]
"""(creator, start of the window in ms) -> coins."""
START_MS = 1_760_000_040_000
"""The first event time; a full minute."""
RECORD_BYTES = 157
JITTER_MS = 2_000
"""Records are out of order by up to this much, less than any competitor waits for."""
CLOSER = "-"
"""Creator of the last record of each partition: test traffic, far in the future, closes all windows."""
_CLOSE_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class Gifts:
    """Columns, in the order in which they are written.

    Attributes:
        creator: number.
        coins: of the gift.
        time: event time, ms.
        partition: number.
    """

    creator: NDArray[np.int64]
    coins: NDArray[np.int64]
    time: NDArray[np.int64]
    partition: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GiftPlan:
    """What a topic holds.

    Attributes:
        count: gifts.
        creators: who get them, all alike.
        partitions: of the topic.
        span_ms: of event time.
        closed: whether the last record of each partition closes all windows.
        take: tells topics apart that hold the same; a new one cannot have the name of one just deleted.
    """

    count: int
    creators: int = 5_000
    partitions: int = 4
    span_ms: int = 1_200_000
    closed: bool = True
    take: int = 0

    @property
    def name(self) -> str:
        """Prefix of the topic, one for each plan."""
        words = ("gifts", self.count, self.creators, self.partitions, self.span_ms)
        rest = ("" if self.closed else "-open", f"-{self.take:x}" if self.take else "")
        return "".join(("-".join(map(str, words)), *rest))

    @property
    def topic(self) -> str:
        """Full name of the topic."""
        return f"{self.name}.gift"

    @property
    def records(self) -> int:
        """Records in the topic."""
        return self.count + self.partitions * self.closed

    def gifts(self) -> Gifts:
        """All gifts, without the closers."""
        return _gifts(self)

    def ends(self) -> dict[int, int]:
        """Records by partition."""
        counts = np.bincount(self.gifts().partition, minlength=self.partitions)
        return {number: int(count) + self.closed for number, count in enumerate(counts)}

    def values(self) -> Iterator[tuple[int, bytes, bytes, int]]:
        """Partition, key, value and timestamp (ms) of each record, in order."""
        gifts = self.gifts()
        columns = (gifts.partition, gifts.creator, gifts.coins, gifts.time)
        for number, (partition, creator, coins, time) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            key = creator_id(creator)
            yield partition, key.encode(), gift(number, key, coins, time), time
        if self.closed:
            yield from self.closers()

    def closers(self) -> Iterator[tuple[int, bytes, bytes, int]]:
        """The record of each partition that closes all windows, as ``values``."""
        time = START_MS + self.span_ms + _CLOSE_MS
        for partition in range(self.partitions):
            value = gift(self.count + partition, CLOSER, 1, time)
            yield partition, CLOSER.encode(), value[:-1] + b',"is_test":true}', time

    def sums(self, read: Mapping[int, int] | None = None, minutes: int = 1) -> Sums:
        """The exact sums.

        Args:
            read: records read of each partition, from its first; None: all of them.
            minutes: size of the window, which moves on by one minute.
        """
        gifts = self.gifts()
        taken = np.ones(len(gifts.creator), bool) if read is None else _prefix(gifts.partition, read)
        return window_sums(gifts.creator[taken], gifts.coins[taken], gifts.time[taken], minutes)


def gift(number: int, creator: str, coins: int, time_ms: int) -> bytes:
    """A gift's bytes.

    Args:
        number: makes its id.
        creator: who gets it.
        coins: 100 to 999, for the same length each time.
        time_ms: when.
    """
    return (
        f'{{"event_id":"{number:07x}","event_type":"gift_sent","schema_version":1,"event_time":{time_ms},'
        f'"creator_id":"{creator}","region":"US","app":"tiktok","coins":{coins}}}'
    ).encode()


def creator_id(number: int) -> str:
    """The id of a creator."""
    return f"c{number:06x}"


def window_sums(
    creator: NDArray[np.int64], coins: NDArray[np.int64], time: NDArray[np.int64], minutes: int = 1
) -> Sums:
    """Sums per creator and window that has a record, by plain addition.

    Args:
        creator: number of each gift.
        coins: of each.
        time: of each, ms.
        minutes: size of the window, which moves on by one minute.
    """
    pane = time // MINUTE_MS
    found: Sums = {}
    low = int(pane.min()) if len(pane) else 0
    keys, places = np.unique((pane - low) * (1 << 32) + creator, return_inverse=True)
    totals = np.zeros(len(keys), np.int64)
    np.add.at(totals, places, coins)
    for key, total in zip(keys.tolist(), totals.tolist(), strict=True):
        start = (key >> 32) + low
        name = creator_id(key & 0xFFFFFFFF)
        for back in range(minutes):
            place = (name, (start - back) * MINUTE_MS)
            found[place] = found.get(place, 0) + total
    return found


def difference(expected: Sums, found: Sums) -> str:
    """In words, what is not as it must be; empty where all is.

    Args:
        expected: the recomputation.
        found: a competitor's result; sums of ``CLOSER`` are passed over.
    """
    own = {key: total for key, total in found.items() if key[0] != CLOSER}
    wrong = [key for key in expected.keys() | own.keys() if expected.get(key) != own.get(key)]
    if not wrong:
        return ""
    first = min(wrong)
    return (
        f"{len(wrong)} of {len(expected)} sums differ: {first[0]} in the window of {first[1]} has "
        f"{own.get(first)} instead of {expected.get(first)}"
    )


@lru_cache(maxsize=2)
def _gifts(plan: GiftPlan) -> Gifts:
    random = np.random.default_rng(1)
    creator = random.integers(0, plan.creators, plan.count)
    coins = random.integers(100, 1_000, plan.count)
    even = START_MS + np.arange(plan.count) * plan.span_ms // plan.count
    # Never before the first minute, so that a plan has as many windows as it has minutes.
    time = np.maximum(even - random.integers(0, JITTER_MS, plan.count), START_MS)
    return Gifts(creator, coins, time, creator % plan.partitions)


def _prefix(partition: NDArray[np.int64], read: Mapping[int, int]) -> NDArray[np.bool_]:
    taken = np.zeros(len(partition), bool)
    for number, count in read.items():
        taken[np.flatnonzero(partition == number)[:count]] = True
    return taken
