"""Gifts: streaks with cumulative counts, matches, and rare reversals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.generator.event_maker import EventMaker, Setting
from creator_pulse.stream.generator.population import Draw, watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.generator.audience import Guests
    from creator_pulse.stream.generator.model import Actor, Creator, Viewer
    from creator_pulse.stream.generator.room_traffic import RoomTraffic
    from creator_pulse.stream.generator.wallet_traffic import WalletTraffic

STREAKS = 0.4
"""Share of streaks among the sends of gifts that can streak."""
LOST_ENDS = 0.001
"""Share of streaks without an end; another half per cent of the ends come too late."""
# Dear gifts are rare: a gift of ten times the coins is sent 10^-1.1, about a thirteenth, as often.
_PRICE_EXPONENT = -1.1
_STREAK_MEAN = 6
_LONGEST = 999
_END_MS = 3_000
_MATCH_MS = 300_000
_MATCH_EVERY_MS = 60_000
_IN_MATCH = 0.15
_REVERSED = 0.001
_BOOKED = 0.998
# Micro-USD that remain of a coin after tax and store, half of which is booked for the creator.
_NET_MICROS = 10_000
_AGES = ("18", "19_24", "25_34", "25_34", "35_44", "45_54", "ge_55")
_HOST_AGES = ("18", "19_24", "19_24", "25_34", "35_44")
_AGE_SOURCES = ("verified", "verified", "verified", "declared", "model")
# Above the dearest gift, so that no viewer exceeds it.
_CAP_COINS = 50_000


class _Kind(NamedTuple):
    gift_id: str
    coins: int
    gift_type: int


def _catalogue() -> Draw[_Kind]:
    kinds = []
    for entry in DEFAULTS:
        coins, gift_type = entry.get("unit_coins"), entry.get("gift_type")
        if isinstance(coins, int) and isinstance(gift_type, int):
            kinds.append(_Kind(str(entry["id"]), coins, gift_type))
    return Draw(kinds, [kind.coins**_PRICE_EXPONENT for kind in kinds])


class GiftTraffic(EventMaker):
    """Makes gifts, one send at a time.

    Args:
        setting: what all makers share.
        watch: the live viewers, who alone send gifts.
        rooms: the live rooms.
        wallets: the coins of the viewers.
    """

    def __init__(self, setting: Setting, watch: Guests, rooms: RoomTraffic, wallets: WalletTraffic) -> None:
        super().__init__(setting)
        self._watch, self._rooms, self._wallets = watch, rooms, wallets
        self._kinds = _catalogue()
        self._match: tuple[Creator, str] | None = None
        self._match_end = self._match_next = 0.0

    def send(self, time_ms: float) -> None:
        """One viewer's send: a single gift or a whole streak, with all its records.

        Args:
            time_ms: virtual time of the first tap, or of the purchase of coins before it.
        """
        rng = self._rng
        kind = self._kinds.one(rng)
        count = self._length() if kind.gift_type == 1 else 1
        creator, viewer, match = self._who(kind, time_ms)
        actor = watching(creator, viewer)
        coins = kind.coins * count
        time_ms = self._wallets.spend(viewer, coins, time_ms)
        number = f"{self._queue.count:x}"
        head = (
            f',"gift_id":"{kind.gift_id}","gift_type":{kind.gift_type},"unit_coins":{kind.coins}{match},'
            f'"room_owner_id":"{creator.key.decode()}","transaction_id":"t{number}",'
            f'"account_age_days":{int(rng.expovariate(1 / 400))},{self._ages(actor)},'
            f'"cap_gift_coins":{_CAP_COINS}'
        )
        # Of a few gifts the booking is missing: CR6 must not read them as kept wholly by the platform.
        booked = rng.random() < _BOOKED

        def record(at_ms: float, taps: int, end: str) -> int:
            net = kind.coins * taps * _NET_MICROS
            money = f',"net_usd_micros":{net},"creator_usd_micros":{net // 2}' if booked else ""
            own = f'{head},"repeat_count":{taps},"repeat_end":{end}{money}'
            return self._queue.put("gift", actor, "gift_sent", at_ms, own)

        if kind.gift_type == 1:
            head += f',"group_id":"g{number}"'
            sent_ms = self._streak(time_ms, count, record)
        else:
            # Gifts of type 2 cannot streak, so their repeat_end says nothing, and both values occur.
            sent_ms = record(time_ms, 1, rng.choice(("true", "false")))
        if rng.random() < _REVERSED:
            self._reverse(actor, time_ms, sent_ms, f'"transaction_id":"t{number}","coins":{coins}')

    def _ages(self, actor: Actor) -> str:
        """Age fields of both, old enough to give: for example, a viewer of 18 may not in South Korea."""
        rng = self._rng
        # The first band is 18.
        ages = _AGES[1:] if actor.market.region == "KR" else _AGES
        return (
            f'"viewer_age_band":"{rng.choice(ages)}","age_source":"{rng.choice(_AGE_SOURCES)}",'
            f'"creator_age_band":"{rng.choice(_HOST_AGES)}"'
        )

    def _length(self) -> int:
        """How many taps a send has: 1, or a streak."""
        rng = self._rng
        if rng.random() >= STREAKS:
            return 1
        # A geometric number of taps with the given mean, by inversion of its distribution.
        taps = math.log(1.0 - rng.random()) / math.log(1 - 1 / _STREAK_MEAN)
        return min(2 + int(taps), _LONGEST)

    def _streak(self, time_ms: float, length: int, record: Callable[[float, int, str], int]) -> int:
        """Put all records of a send that may streak, and return the event time of the last one."""
        rng = self._rng
        last = 0
        for count in range(1, length + 1):
            last = record(time_ms, count, "false")
            # Taps of a finger: one to two a second.
            time_ms += 500 + 500 * rng.random()
        # The end of a streak that is lost is what the time-out is for (trap T1).
        if rng.random() >= LOST_ENDS:
            last = record(time_ms + _END_MS, length, "true")
        return last

    def _who(self, kind: _Kind, time_ms: float) -> tuple[Creator, Viewer, str]:
        """Receiver and sender, and the fields of the running match if the gift belongs to one."""
        rng = self._rng
        if time_ms >= self._match_next:
            host = self._rooms.room("tiktok", time_ms).host
            self._match = (host.creator, f"m{self._queue.count:x}")
            self._match_end, self._match_next = time_ms + _MATCH_MS, time_ms + _MATCH_MS + _MATCH_EVERY_MS
        if self._match is None or time_ms >= self._match_end or rng.random() >= _IN_MATCH:
            market = self._population.giving_market()
            session = self._watch.giver(market, kind.coins, time_ms)
            receiver = self._population.creator(market) if self._world.roaming else session.creator
            return receiver, session.viewer, ""
        # Viewers of other rooms come to see the match.
        creator, name = self._match
        session = self._watch.giver(self._population.giving_market(in_match=True), kind.coins, time_ms)
        return creator, session.viewer, f',"match_id":"{name}","match_points":{rng.randrange(1, 500)}'

    def _reverse(self, actor: Actor, time_ms: float, sent_ms: int, text: str) -> None:
        reason = self._rng.choice(("minor_claim", "fraud", "chargeback", "user_request"))
        own = f',{text},"original_event_time":{sent_ms},"reason":"{reason}"'
        self._queue.put("gift", actor, "gift_reversed", time_ms + self._rng.uniform(5_000, 120_000), own)
