"""What happens seldom: gifts, clicks on products, rewards, deals, payouts, videos and enrolments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.generator.content_traffic import ContentTraffic
from creator_pulse.stream.generator.deal_traffic import DealTraffic
from creator_pulse.stream.generator.payout_traffic import PayoutTraffic
from creator_pulse.stream.generator.reward_traffic import RewardTraffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.generator.event_maker import Setting
    from creator_pulse.stream.generator.gift_traffic import GiftTraffic
    from creator_pulse.stream.generator.purchase_traffic import PurchaseTraffic


_HOUR_MINUTES = 60
# Records of the first ten seconds are discarded.
_WARM_UP_MINUTES = 1 / 6


class SeldomTraffic:
    """Makes so many of these per viewing hour, slice by slice.

    Args:
        setting: what all makers share.
        gifts: makes gifts.
        purchases: makes clicks on products.
        seats: mean number of viewers at a time.
    """

    def __init__(
        self, setting: Setting, gifts: GiftTraffic, purchases: PurchaseTraffic, seats: float
    ) -> None:
        self._rng, world = setting.rng, setting.world
        content = ContentTraffic(setting)
        self._makers: tuple[tuple[float, Callable[[float], None]], ...] = (
            (world.gifts, gifts.send),
            (world.clicks, purchases.click),
            (world.rewards, RewardTraffic(setting).accrue),
            (world.deals, DealTraffic(setting).invite),
            (world.payouts, PayoutTraffic(setting).schedule),
            (world.videos, content.post),
            (world.enrolments, content.enrol),
        )
        # What is rarer than once a minute comes once within the first minute, so that every kind is there
        # soon; the rest starts at a random fraction, so that first events do not coincide.
        self._owed = []
        for per_hour, _ in self._makers:
            per_minute = per_hour * seats / _HOUR_MINUTES
            later = _WARM_UP_MINUTES + self._rng.random()
            self._owed.append(1 - per_minute * later if per_minute < 1 else self._rng.random())

    def run(self, from_ms: float, until_ms: float, hours: float) -> None:
        """Make the events that begin in a slice of time.

        Args:
            from_ms: start of the slice, virtual time.
            until_ms: end of the slice, virtual time.
            hours: viewing hours in it.
        """
        length_ms = until_ms - from_ms
        for number, (per_hour, make) in enumerate(self._makers):
            self._owed[number] += per_hour * hours
            while self._owed[number] >= 1:
                self._owed[number] -= 1
                make(from_ms + length_ms * self._rng.random())
