"""The gifts of a topic as columns, which are the same in each run, and their exact sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.spans import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

PlannedSums = dict[tuple[str, int], int]
"""(creator, start of the window in ms) -> coins."""
START_MS = 1_760_000_040_000
"""First event time, epoch ms; a full minute."""
# Of all gifts: numbers are written with leading zeros, times have 13 digits, coins three.
RECORD_BYTES = 157
JITTER_MS = 2_000
"""Records are out of order by up to this time, which is less than any competitor waits."""
CLOSER = "-"
"""Creator of the last record of each partition, a test record far in the future that closes all windows."""
_CLOSE_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class Gifts:
    """Columns of equal length, in the order in which the gifts are written.

    Attributes:
        creator: number of the creator.
        coins: coins of the gift, 100 to 999.
        time: event time, epoch ms.
        partition: number of the partition.
    """

    creator: NDArray[np.int64]
    coins: NDArray[np.int64]
    time: NDArray[np.int64]
    partition: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GiftPlan:
    """The contents of a topic.

    Attributes:
        count: number of gifts.
        creators: number of creators, who are all equally popular.
        partitions: number of partitions.
        span_ms: range of event times.
        closed: whether the last record of each partition closes all windows.
        take: distinguishes topics with equal contents, because the name of a deleted topic cannot be reused
            at once.
    """

    count: int
    creators: int = 5_000
    partitions: int = 4
    span_ms: int = 1_200_000
    closed: bool = True
    take: int = 0

    @property
    def name(self) -> str:
        """Prefix of the topic, unique for each plan."""
        words = ("gifts", self.count, self.creators, self.partitions, self.span_ms)
        rest = ("" if self.closed else "-open", f"-{self.take:x}" if self.take else "")
        return "".join(("-".join(map(str, words)), *rest))

    @property
    def topic(self) -> str:
        """Full name of the topic."""
        return f"{self.name}.gift"

    @property
    def records(self) -> int:
        """Number of records in the topic."""
        return self.count + self.partitions * self.closed

    def gifts(self) -> Gifts:
        """All gifts, without the closing records."""
        return _gifts(self)

    def ends(self) -> dict[int, int]:
        """Number of records by partition."""
        # One offset a record, from 0, and the closer behind them.
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
        """The closing record of each partition, in the form of ``values``."""
        # Far ahead: the watermark passes the end of every window. As test traffic it counts nowhere.
        time = START_MS + self.span_ms + _CLOSE_MS
        for partition in range(self.partitions):
            value = gift(self.count + partition, CLOSER, 1, time)
            yield partition, CLOSER.encode(), value[:-1] + b',"is_test":true}', time

    def sums(self, read: Mapping[int, int] | None = None, minutes: int = 1) -> PlannedSums:
        """The exact sums.

        Args:
            read: number of records read of each partition, from its first; None: all.
            minutes: size of the window, which advances by one minute.
        """
        gifts = self.gifts()
        mask = np.ones(len(gifts.creator), bool) if read is None else _prefix(gifts.partition, read)
        return window_sums(gifts.creator[mask], gifts.coins[mask], gifts.time[mask], minutes)


def gift(number: int, creator: str, coins: int, time_ms: int) -> bytes:
    """A gift's bytes.

    Args:
        number: 0 or more; the event id is its hexadecimal form.
        creator: id of the creator.
        coins: 100 to 999, so that all gifts are equally long.
        time_ms: event time, epoch ms.
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
) -> PlannedSums:
    """Sums per creator and window that has a record, by plain addition.

    Args:
        creator: number of the creator of each gift.
        coins: coins of each gift.
        time: event time of each gift, epoch ms.
        minutes: size of the window, which advances by one minute.
    """
    pane = time // MINUTE_MS
    sums: PlannedSums = {}
    low = int(pane.min()) if len(pane) else 0
    # One integer per (minute, creator): minutes since the first in the high bits, the creator in the low 32.
    keys, places = np.unique((pane - low) * (1 << 32) + creator, return_inverse=True)
    totals = np.zeros(len(keys), np.int64)
    np.add.at(totals, places, coins)
    for key, total in zip(keys.tolist(), totals.tolist(), strict=True):
        start = (key >> 32) + low
        name = creator_id(key & 0xFFFFFFFF)
        # A minute lies in the windows that begin at it and at up to ``minutes - 1`` minutes before.
        for back in range(minutes):
            place = (name, (start - back) * MINUTE_MS)
            sums[place] = sums.get(place, 0) + total
    return sums


def difference(expected: PlannedSums, actual: PlannedSums) -> str:
    """The difference in words; empty if there is none.

    Args:
        expected: sums recomputed with numpy, by creator and window start.
        actual: a competitor's result; sums of ``CLOSER`` are ignored.
    """
    own = {key: total for key, total in actual.items() if key[0] != CLOSER}
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
    # Evenly over the span; integers, so that every run writes the same times.
    even = START_MS + np.arange(plan.count) * plan.span_ms // plan.count
    # Clipped to the first minute, so that a plan has as many windows as it has minutes.
    time = np.maximum(even - random.integers(0, JITTER_MS, plan.count), START_MS)
    return Gifts(creator, coins, time, creator % plan.partitions)


def _prefix(partition: NDArray[np.int64], read: Mapping[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(len(partition), bool)
    for number, count in read.items():
        # The first records of each partition, as a reader that stopped there has read them.
        mask[np.flatnonzero(partition == number)[:count]] = True
    return mask
