"""The generator: seeded traffic of all input topics, in send order and in its own virtual time."""

from __future__ import annotations

import math
from collections import deque
from random import Random
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.ad_traffic import BILLABLE, FILLED, INVALID_TRAFFIC, PER_HOUR, AdTraffic
from creator_pulse.stream.generator.gift_traffic import GiftTraffic
from creator_pulse.stream.generator.model import Creator, Produced
from creator_pulse.stream.generator.offenders import OffenderTraffic
from creator_pulse.stream.generator.population import Population
from creator_pulse.stream.generator.purchase_traffic import PurchaseTraffic
from creator_pulse.stream.generator.quiet_traffic import QuietTraffic
from creator_pulse.stream.generator.send_queue import SendQueue
from creator_pulse.stream.generator.watch_traffic import WatchTraffic
from creator_pulse.stream.settings import BUSY_TOPICS, QUIET_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CREATORS = 10_000
TIME_RECORDS_MS = 10_000
WARM_UP_MS = 10_000
"""Traffic before the start that is discarded, because streaks and ads take seconds to unfold."""
_SLICE_MS = 20
_HOUR_MS = 3_600_000
IMPRESSIONS = 0.05
"""Impressions per record; with their later events and with viewing they make half of all records."""
# Product clicks per record. Gifts make up the rest of the rate.
_CLICKS = 0.05
_TEST_PLACE = '"creator_id":"-","region":"US","app":"tiktok"'
_TIME_RECORDS = {
    "gift": (
        '"event_type":"gift_sent","gift_id":"rose","gift_type":2,"unit_coins":1,"repeat_count":1,"repeat_end":true'
    ),
    "ad": '"event_type":"opportunity","slots":1',
    "purchase": '"event_type":"product_click","product_id":"p0"',
    "watch": '"event_type":"heartbeat","session_id":"w0","organic_ms":0,"ad_ms":0,"surface":"feed"',
    "reward": (
        '"event_type":"reward_reversed","reward_micros":0,"currency":"USD","original_event_time":946684800000'
    ),
    "deal": (
        '"event_type":"deal_invited","deal_id":"d0","advertiser_id":"a0","value_micros":0,"currency":"USD"'
    ),
    "payout": (
        '"event_type":"payout_scheduled","payout_id":"y0","tool":"gift","amount_micros":0,"currency":"USD",'
        '"due_time":946684800000'
    ),
    "content": '"event_type":"tool_eligible","tool":"gift"',
    "wallet": (
        '"event_type":"topup_failed","topup_id":"u0","coins":0,"amount_micros":0,"currency":"USD",'
        '"payment_method":"card"'
    ),
}


def events(
    seed: int,
    rate: float,
    start_ms: int,
    partitions: int = 4,
    quiet_partitions: int = 1,
    *,
    day_cycle: bool = False,
    offenders: float = 0.0,
) -> Iterator[Produced]:
    """All records of an endless run, in send order; the same arguments give the same bytes.

    For example, ``list(islice(events(1, 1_000.0, 1_760_000_040_000), 5))`` are five records.

    Args:
        seed: seed of the randomness.
        rate: mean records per second, all topics together.
        start_ms: virtual time of the start, epoch ms.
        partitions: number of partitions of each of the topics gift, ad, purchase and watch.
        quiet_partitions: number of partitions of each of the other topics.
        day_cycle: whether the rate follows the hour of the day (:func:`day_factor`, UTC).
        offenders: share of the records that belong to incidents for the fraud guardrails, 0 to 1.

    Yields:
        Records whose ``timestamp_ms`` is the send time and never falls.
    """
    rng = Random(seed)
    population = Population(rng, CREATORS)
    partition_counts = dict.fromkeys(BUSY_TOPICS, partitions) | dict.fromkeys(QUIET_TOPICS, quiet_partitions)
    queue = SendQueue(rng, f"{seed:x}-{start_ms:x}-", partition_counts)
    run = _Run(rng, population, queue, OffenderTraffic(rng, queue, offenders))
    for now_ms in range(start_ms - WARM_UP_MS, start_ms, _SLICE_MS):
        # The warm-up fills rooms with viewers, so that the first second has givers and buyers already.
        run.slice(now_ms, rate)
    # Consumes the warm-up without keeping a record.
    deque(queue.take(start_ms), maxlen=0)
    now_ms, next_time_ms = start_ms, start_ms
    while True:
        if now_ms >= next_time_ms:
            # Time goes on in partitions without traffic too: otherwise their watermarks hold up every window.
            _put_time_records(queue, now_ms, partition_counts)
            next_time_ms += TIME_RECORDS_MS
        # Hour of the day, UTC, with its fraction.
        factor = day_factor(now_ms / _HOUR_MS % 24) if day_cycle else 1.0
        run.slice(now_ms, rate * factor)
        now_ms += _SLICE_MS
        yield from queue.take(now_ms)


def day_factor(hour: float) -> float:
    """Traffic at an hour of the day relative to its mean: peak at 22, trough at 8, ratio 4.4.

    Args:
        hour: from 0 to 24.
    """
    return (
        1
        # The peak of the day, at 21 h.
        + 0.55 * math.cos(2 * math.pi * (hour - 21) / 24)
        # Twice a day: a bump at noon, and another one close to the evening's peak.
        + 0.15 * math.cos(2 * math.pi * (hour - 12.5) / 12)
    )


class _Run:
    """Spreads the rate over the topics, slice by slice."""

    def __init__(
        self, rng: Random, population: Population, queue: SendQueue, offenders: OffenderTraffic
    ) -> None:
        self._rng, self._queue, self._offenders = rng, queue, offenders
        self._ads = AdTraffic(rng, population, queue)
        self._watch = WatchTraffic(rng, population, queue)
        self._purchases = PurchaseTraffic(rng, population, self._watch, queue)
        self._gifts = GiftTraffic(rng, population, self._watch, queue)
        self._quiet = QuietTraffic(rng, population, queue)
        self._ads_owed = self._clicks_owed = 0.0
        # The warm-up's records are in the queue's count: they are not owed again.
        self._records_owed = float(queue.count)

    def slice(self, from_ms: int, rate: float) -> None:
        """Make all events of one slice of time.

        Args:
            from_ms: start of the slice, virtual time.
            rate: current rate, records per second.
        """
        seconds = _SLICE_MS / 1000
        impressions = rate * IMPRESSIONS
        # Hours of viewing such that the ad load (VX1) is PER_HOUR: valid impressions by hour of viewing.
        valid = impressions * BILLABLE * (1 - INVALID_TRAFFIC)
        self._watch.run(from_ms, from_ms + _SLICE_MS, valid * 3600 / PER_HOUR)
        self._quiet.run(from_ms, from_ms + _SLICE_MS, rate)
        self._offenders.run(from_ms, from_ms + _SLICE_MS, rate)
        # Fractions of an opportunity are carried over to the next slice.
        self._ads_owed += impressions / FILLED * seconds
        while self._ads_owed >= 1:
            self._ads_owed -= 1
            self._ads.offer(self._moment(from_ms))
        self._clicks_owed += rate * _CLICKS * seconds
        while self._clicks_owed >= 1:
            self._clicks_owed -= 1
            self._purchases.click(self._moment(from_ms))
        # Gifts fill the rate: the queue's count includes all other records made so far.
        self._records_owed += rate * seconds
        while self._queue.count < self._records_owed:
            self._gifts.send(self._moment(from_ms))

    def _moment(self, from_ms: int) -> float:
        return from_ms + _SLICE_MS * self._rng.random()


def _put_time_records(queue: SendQueue, now_ms: int, partition_counts: Mapping[str, int]) -> None:
    """Put one time record for each input partition, so that event time advances even without events."""
    for topic, partitions in partition_counts.items():
        for partition in range(partitions):
            queue.put_time(
                topic, Creator(b"-", "", partition), now_ms, f"{_TIME_RECORDS[topic]},{_TEST_PLACE}"
            )
