"""Money and content of the past, event by event and at full size: as the live generator would have sent them.

Viewing is not among it: 99 of 100 records are heartbeats, ads and likes, and weeks of them are billions. They
are drawn as sums (``viewing.py``), and so are clicks on products, of which only the number counts.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.audience import Session
from creator_pulse.stream.generator.event_maker import DAY_MS, Setting
from creator_pulse.stream.generator.generator import CREATORS, audience
from creator_pulse.stream.generator.gift_traffic import GiftTraffic
from creator_pulse.stream.generator.population import Population
from creator_pulse.stream.generator.purchase_traffic import PurchaseTraffic
from creator_pulse.stream.generator.room_traffic import RoomTraffic
from creator_pulse.stream.generator.seldom_traffic import SeldomTraffic
from creator_pulse.stream.generator.send_queue import SendQueue
from creator_pulse.stream.generator.wallet_traffic import WalletTraffic
from creator_pulse.stream.settings import BUSY_TOPICS, QUIET_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.generator.model import Actor, Market, Produced
    from creator_pulse.stream.generator.world import World

MONEY_TOPICS = ("gift", "purchase", "wallet", "content", "reward", "deal", "payout")
"""Whose records are made one by one."""
ROOM_READING = "room_stat"
CLICK = "product_click"
"""The event type that is drawn as sums."""
_STEP_MS = 60_000
_HOUR_MINUTES = 60


def money(
    seed: int, rate: float, start_ms: int, end_ms: int, now_ms: int, world: World
) -> Iterator[Produced]:
    """The records of a span, in send order; those that are sent after its end are left out.

    Args:
        seed: of the live run that follows: creators and viewers are the same people.
        rate: mean records per second of the live run, of all topics.
        start_ms: begin of the span, epoch ms.
        end_ms: end of the span, epoch ms.
        now_ms: start of the live run, at which the audience has the size that the rate gives; before, it
            was smaller by the growth of the world.
        world: of the live run.
    """
    begin_ms = start_ms
    while begin_ms < end_ms:
        until_ms = min((begin_ms // DAY_MS + 1) * DAY_MS, end_ms)
        yield from _part_of_day(seed, rate, begin_ms, until_ms, now_ms, world)
        begin_ms = until_ms


def _part_of_day(
    seed: int, rate: float, start_ms: int, end_ms: int, now_ms: int, world: World
) -> Iterator[Produced]:
    rng = Random(seed)
    seats = audience(rate, world)
    population = Population(rng, CREATORS, seats, now_ms, world)
    # What follows is of this span alone: the same people, and other chances than in any other.
    rng.seed(f"{seed}/{start_ms}")
    partitions = dict.fromkeys((*BUSY_TOPICS, *QUIET_TOPICS), 1)
    queue = _PastQueue(rng, f"{seed:x}-{start_ms:x}-", partitions)
    setting = Setting(rng, population, queue, world)
    rooms = RoomTraffic(setting)
    guests = _Guests(population, rooms)
    gifts = GiftTraffic(setting, guests, rooms, WalletTraffic(setting))
    seldom = SeldomTraffic(setting, gifts, PurchaseTraffic(setting, guests), seats)
    for from_ms in range(start_ms, end_ms, _STEP_MS):
        until_ms = min(from_ms + _STEP_MS, end_ms)
        population.follow(from_ms)
        sessions = seats * population.traffic
        rooms.run(from_ms, until_ms, max(1, round(sessions * world.rooms)))
        seldom.run(from_ms, until_ms, sessions / _HOUR_MINUTES * (until_ms - from_ms) / _STEP_MS)
        yield from queue.take(until_ms)


def is_left_out(kind: str, text: str) -> bool:
    """Whether the past has no such record: a tap of a streak before its end, or a reading of a room.

    They are still records of their topics, so expectations of these count them.

    Args:
        kind: event type of the record, for example ``gift_sent``.
        text: of the record, as JSON, or of its own fields.
    """
    is_tap = kind == "gift_sent" and '"gift_type":1,' in text and '"repeat_end":false' in text
    return is_tap or kind == ROOM_READING


class _PastQueue(SendQueue):
    """Leaves out drawn topics, and all records of a streak but its end, which alone counts."""

    def put(
        self, topic: str, actor: Actor, kind: str, time_ms: float, own: str, *, ordered: bool = False
    ) -> int:
        if is_left_out(kind, own) or kind == CLICK:
            # Ids of what follows are made of this number.
            self.count += 1
            return int(time_ms)
        return super().put(topic, actor, kind, time_ms, own, ordered=ordered)


class _Guests:
    """Live viewers where nobody keeps sessions: who gives or buys is in a room at that moment."""

    def __init__(self, population: Population, rooms: RoomTraffic) -> None:
        self._population, self._rooms = population, rooms

    def giver(self, market: Market, coins: int, time_ms: float) -> Session:
        """Whoever gives a gift of a price, by who gives such gifts."""
        room = self._rooms.room(market.app, time_ms)
        return Session(self._population.gifter(market, coins), room.host.creator, room, "", beats=1)

    def buyer(self, market: Market, time_ms: float) -> Session:
        """A live viewer of a market."""
        room = self._rooms.room(market.app, time_ms)
        return Session(self._population.viewer(market), room.host.creator, room, "", beats=1)
