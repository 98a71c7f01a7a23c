"""Fraud incidents in known numbers, one scheme for each fraud guardrail of the catalogue.

The same three offenders of each scheme recur, so at most three are flagged at any time: every guardrail
has something to show, but none reaches four, which is its lowest threshold.
"""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING
from zlib import crc32

from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.model import Actor, Creator

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.send_queue import SendQueue

CAST = 3
"""Offenders of each scheme."""
RING = 6
"""Accounts of a ring: one more than the guardrail requires, because a record may be broken or late."""
ORDERS, SENT_BACK = 56, 40
EQUAL_GIFTS = 24
_MARKET = MARKETS[0]
_NET_MICROS = 10_000
# Between two records of an incident.
_STEP_MS = 400
_HOUR_MS = 3_600_000
# Together more than 50,000 coins.
_DEAREST = (("universe", 44_999), ("castle", 20_000))


class OffenderTraffic:
    """Makes incidents, one scheme after the other.

    Args:
        rng: source of all randomness.
        queue: takes all events made.
        share: share of all records that belong to incidents, 0 to 1.
    """

    def __init__(self, rng: Random, queue: SendQueue, share: float) -> None:
        self._rng, self._queue, self._share = rng, queue, share
        self._owed = 0.0
        # All schemes with one cast before the next: a short run has every scheme. The dear ones come last, as
        # one of them is worth more than the gifts of all others in an hour of the demo.
        self._incidents = cycle(
            (scheme, number)
            for number in range(CAST)
            for scheme in (self._ring, self._mutual, self._equal, self._hype, self._whale, self._velocity)
        )

    def run(self, from_ms: float, until_ms: float, rate: float) -> None:
        """Make the incidents that begin in a slice of time.

        Args:
            from_ms: start of the slice, virtual time.
            until_ms: end of the slice, virtual time.
            rate: current rate, records per second, all topics together.
        """
        # Records that incidents still owe; an incident is made whole, so this may fall below 0.
        self._owed += rate * self._share * (until_ms - from_ms) / 1000
        while self._owed >= 1:
            scheme, number = next(self._incidents)
            before = self._queue.count
            scheme(from_ms, number)
            self._owed -= self._queue.count - before

    def _velocity(self, time_ms: float, number: int) -> None:
        """FR1: a taken-over account spends over 50,000 coins within seconds."""
        actor = _actor(f"cq{number}", f"vq{number}")
        for step, (gift, coins) in enumerate(_DEAREST):
            self._gift(actor, time_ms + _STEP_MS * step, gift, coins)

    def _whale(self, time_ms: float, number: int) -> None:
        """FR5: an account of two days gives over 10,000 coins."""
        self._gift(_actor(f"cw{number}", f"vw{number}"), time_ms, "planet", 15_000, age_days=2)

    def _ring(self, time_ms: float, number: int) -> None:
        """FR7: made-up accounts of one device and one card feed a creator."""
        hashes = f',"device_hash":"hr{number}","payment_hash":"mr{number}"'
        for step in range(RING):
            actor = _actor(f"cr{number}", f"vr{number}-{step}")
            self._gift(actor, time_ms + _STEP_MS * step, "rosa", 10, age_days=20, more=hashes)

    def _mutual(self, time_ms: float, number: int) -> None:
        """FR6: two creators give each other the same."""
        pair = f"cm{number}", f"cn{number}"
        # Both are creator and viewer: FR6 knows accounts by one space of ids.
        for step, (creator, viewer) in enumerate((pair, pair[::-1])):
            self._gift(_actor(creator, viewer), time_ms + _STEP_MS * step, "galaxy", 1_000)

    def _equal(self, time_ms: float, number: int) -> None:
        """FR8: over twenty equal gifts from one sender into a room without chat."""
        actor = _actor(f"ce{number}", f"ve{number}")
        owner = Actor(actor.creator, _MARKET, f"{actor.creator.text},{_HOME}")
        self._queue.put("content", owner, "room_stat", time_ms, ',"concurrent":3,"chat_messages":0')
        for step in range(EQUAL_GIFTS):
            self._gift(actor, time_ms + _STEP_MS * step, "rainbow_puke", 100)

    def _hype(self, time_ms: float, number: int) -> None:
        """FR11: a creator sells a lot, and most is refunded, for orders of hours ago."""
        for step in range(ORDERS):
            actor = _actor(f"ch{number}", f"vh{number}-{step}")
            order = f',"order_id":"oh{self._queue.count:x}"'
            money = ',"currency":"USD","commission_bps":1000,"referral_fee_bps":600,"attribution":"live"'
            own = f'{order},"value_micros":5000000{money},"quantity":1,"payment_method":"wallet"'
            at_ms = time_ms + _STEP_MS * step
            event_ms = self._queue.put("purchase", actor, "order_completed", at_ms, own)
            if step < SENT_BACK:
                # Later than the buyer's hold of an hour, within a day: what FR11 counts.
                original = event_ms - self._rng.randrange(2, 20) * _HOUR_MS
                own = (
                    f'{order},"refund_micros":5000000{money},"is_full":true,"original_event_time":{original}'
                )
                self._queue.put("purchase", actor, "order_refunded", at_ms + _STEP_MS, own)

    def _gift(
        self,
        actor: Actor,
        time_ms: float,
        gift: str,
        coins: int,
        *,
        age_days: int = 400,
        more: str = "",
    ) -> None:
        own = (
            f',"gift_id":"{gift}","gift_type":2,"unit_coins":{coins},"repeat_count":1,"repeat_end":true,'
            f'"room_owner_id":"{actor.creator.key.decode()}","transaction_id":"tz{self._queue.count:x}",'
            f'"account_age_days":{age_days},"viewer_age_band":"25_34","age_source":"verified",'
            f'"creator_age_band":"25_34","cap_gift_coins":50000,"net_usd_micros":{coins * _NET_MICROS},'
            f'"creator_usd_micros":{coins * _NET_MICROS // 2}{more}'
        )
        self._queue.put("gift", actor, "gift_sent", time_ms, own)


_HOME = f'"region":"{_MARKET.region}","app":"{_MARKET.app}"'


def _actor(creator: str, viewer: str) -> Actor:
    """A creator of the cast with a viewer who gives or buys."""
    key = creator.encode()
    text = f'"creator_id":"{creator}","creator_tier":"lt_10k","room_id":"r{creator}"'
    owner = Creator(key, text, crc32(key))
    return Actor(owner, _MARKET, f'{text},"viewer_id":"{viewer}",{_HOME},"platform":"android"')
