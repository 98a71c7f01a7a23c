"""The generator: seeded traffic of all input topics, in send order and in its own virtual time."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.ad_traffic import AdTraffic
from creator_pulse.stream.generator.engagement_traffic import EngagementTraffic
from creator_pulse.stream.generator.event_maker import Setting
from creator_pulse.stream.generator.gift_traffic import GiftTraffic
from creator_pulse.stream.generator.model import Creator, Produced
from creator_pulse.stream.generator.offenders import OffenderTraffic
from creator_pulse.stream.generator.population import Population
from creator_pulse.stream.generator.purchase_traffic import PurchaseTraffic
from creator_pulse.stream.generator.room_traffic import RoomTraffic
from creator_pulse.stream.generator.seldom_traffic import SeldomTraffic
from creator_pulse.stream.generator.send_queue import SendQueue
from creator_pulse.stream.generator.wallet_traffic import WalletTraffic
from creator_pulse.stream.generator.watch_traffic import WatchTraffic
from creator_pulse.stream.generator.world import PLATFORM, World
from creator_pulse.stream.settings import BUSY_TOPICS, QUIET_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CREATORS = 10_000
TIME_RECORDS_MS = 10_000
WARM_UP_MS = 10_000
"""Traffic before the start that is discarded, because streaks and ads take seconds to unfold."""
_SLICE_MS = 20
_HOUR_MS = 3_600_000
_HOUR_SECONDS = 3_600
_TEST_PLACE = '"creator_id":"-","region":"US","app":"tiktok"'
_TIME_RECORDS = {
    "gift": (
        '"event_type":"gift_sent","gift_id":"rose","gift_type":2,"unit_coins":1,"repeat_count":1,"repeat_end":true'
    ),
    "ad": '"event_type":"opportunity","slots":1',
    "purchase": '"event_type":"product_click","product_id":"p0"',
    "watch": '"event_type":"heartbeat","session_id":"w0","organic_ms":0,"ad_ms":0,"surface":"feed"',
    "engagement": '"event_type":"completion","surface":"feed","views":0,"completed":0',
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
    world: World = PLATFORM,
    offenders: float = 0.0,
) -> Iterator[Produced]:
    """All records of an endless run, in send order; the same arguments give the same bytes.

    For example, ``list(islice(events(1, 1_000.0, 1_760_000_040_000), 5))`` are five records.

    Args:
        seed: seed of the randomness.
        rate: mean records per second at the start, all topics together; rhythm and growth move it.
        start_ms: virtual time of the start, epoch ms.
        partitions: number of partitions of each of the topics gift, ad, purchase, watch and engagement.
        quiet_partitions: number of partitions of each of the other topics.
        world: how much of everything there is.
        offenders: share of the records that belong to incidents for the fraud guardrails, 0 to 1.

    Yields:
        Records whose ``timestamp_ms`` is the send time and never falls.
    """
    rng = Random(seed)
    seats = audience(rate * (1 - offenders), world)
    population = Population(rng, CREATORS, seats, start_ms, world)
    partition_counts = dict.fromkeys(BUSY_TOPICS, partitions) | dict.fromkeys(QUIET_TOPICS, quiet_partitions)
    queue = SendQueue(rng, f"{seed:x}-{start_ms:x}-", partition_counts)
    run = _Run(Setting(rng, population, queue, world), seats, OffenderTraffic(rng, queue, offenders))
    # The warm-up fills rooms with viewers, so that the first second has givers and buyers already.
    for now_ms in range(start_ms - WARM_UP_MS, start_ms, _SLICE_MS):
        run.slice(now_ms, rate)
    # Consumes the warm-up without keeping a record.
    deque(queue.take(start_ms), maxlen=0)
    now_ms, next_time_ms = start_ms, start_ms
    while True:
        if now_ms >= next_time_ms:
            # Time goes on in partitions without traffic too: otherwise their watermarks hold up every window.
            _put_time_records(queue, now_ms, partition_counts)
            next_time_ms += TIME_RECORDS_MS
        run.slice(now_ms, rate)
        now_ms += _SLICE_MS
        yield from queue.take(now_ms)


def audience(rate: float, world: World) -> float:
    """How many people watch at a time, on average over a week at the start of a run.

    Args:
        rate: mean records per second.
        world: how many records an hour of viewing has.
    """
    return rate * _HOUR_SECONDS / world.records


class _Run:
    """Spreads viewing over time, and all that follows from it, slice by slice."""

    def __init__(self, setting: Setting, seats: float, offenders: OffenderTraffic) -> None:
        self._population, self._world = setting.population, setting.world
        self._seats, self._offenders = seats, offenders
        self._rooms = RoomTraffic(setting)
        self._watch = WatchTraffic(setting, AdTraffic(setting), EngagementTraffic(setting), self._rooms)
        gifts = GiftTraffic(setting, self._watch, self._rooms, WalletTraffic(setting))
        self._seldom = SeldomTraffic(setting, gifts, PurchaseTraffic(setting, self._watch), seats)

    def slice(self, from_ms: int, rate: float) -> None:
        """Make all events of one slice of time.

        Args:
            from_ms: start of the slice, virtual time.
            rate: mean rate, records per second.
        """
        until_ms = from_ms + _SLICE_MS
        self._population.follow(from_ms)
        sessions = self._seats * self._population.traffic
        self._rooms.run(from_ms, until_ms, max(1, round(sessions * self._world.rooms)))
        self._watch.run(from_ms, until_ms, sessions)
        self._seldom.run(from_ms, until_ms, sessions * _SLICE_MS / _HOUR_MS)
        self._offenders.run(from_ms, until_ms, rate)


def _put_time_records(queue: SendQueue, now_ms: int, partition_counts: Mapping[str, int]) -> None:
    """Put one time record for each input partition, so that event time advances even without events."""
    for topic, partitions in partition_counts.items():
        for partition in range(partitions):
            queue.put_time(
                topic, Creator(b"-", "", partition), now_ms, f"{_TIME_RECORDS[topic]},{_TEST_PLACE}"
            )
