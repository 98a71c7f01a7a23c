"""A world before anything happens in it: counts and money by minute, as people and chance make them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from creator_pulse.proof.backtest.places import PLACES, RegionProfile
from creator_pulse.proof.backtest.sums import DAY, HOUR, WEEK, MinuteSums, SeriesKey
from creator_pulse.proof.backtest.wander import bumps, day_cycle, wandering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Levels = NDArray[np.float64]
    Counts = NDArray[np.int64]

USD = 10**6
"""Micro-USD: money in a world is a whole number of these."""
COIN_PRICE = 14_300
"""Micro-USD that a viewer pays for a coin."""

TOPUPS = 0.028
"""Events for each gift, on the mean of both apps."""
IMPRESSIONS = 8.8
ORDERS = 0.064
HEARTBEATS = 20.0
PAYOUTS = 0.03
REVERSALS = 0.004

HEARTBEAT_MS = 28_000
"""Viewing time of a mean heartbeat."""
TOPICS = ("gift", "ad", "purchase", "wallet", "watch", "payout")
EVENTS_OF_TOPIC = {
    "gift": ("gifts", "gift_reversals"),
    "ad": ("ad_shown_all",),
    "purchase": ("checkouts_completed", "checkouts_failed", "refunded_orders"),
    "wallet": ("topups_completed", "topups_failed"),
    "watch": ("heartbeats",),
    "payout": ("payouts_initiated", "paid_payouts", "refused_payouts"),
}
"""The measures that count a topic's records."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """A separate source of randomness for each name: drawing for one changes nothing for another."""
    return np.random.default_rng([seed, crc32("/".join(names).encode())])


def overdispersed(rng: np.random.Generator, mean: Levels, phi: float) -> Counts:
    """Counts whose variance is ``phi`` times their mean: negative binomial, as bursts make them."""
    return rng.negative_binomial(np.maximum(mean, 1e-9) / (phi - 1), 1 / phi).astype(np.int64)


class Flows:
    """Draws the sums of a world, place by place.

    Args:
        seed: chooses everything that is left to chance.
        rate: gifts a minute at the larger app, on the mean of a week at the start; all else follows from it.
        growth: of the audience a week, compound; for example 0.03.
        start: minutes since the epoch.
        minutes: how long.
    """

    def __init__(self, seed: int, rate: float, growth: float, start: int, minutes: int) -> None:
        self._seed, self._rate = seed, rate
        self._at = start + np.arange(minutes, dtype=np.int64)
        self._growth = (1 + growth) ** (np.arange(minutes) / WEEK)
        self._minutes = minutes

    def draw(self) -> MinuteSums:
        """All series of all places, and those of the pipeline by topic."""
        sums = MinuteSums(self._minutes)
        for app in dict.fromkeys(place.app for place in PLACES):
            shared = self._shared(app)
            for place in PLACES:
                if place.app == app:
                    for measure, series in self._of(place, shared).items():
                        sums[SeriesKey(measure, place.app, place.region)] = series
        self._pipeline(sums)
        return sums

    def _wander(self, name: str, spreads: dict[float, float]) -> Levels:
        return wandering(stream(self._seed, name), self._minutes, spreads)

    def _shared(self, app: str) -> dict[str, Levels]:
        """What moves all regions of an app together, by tool; ``viewers`` moves all tools as well."""
        dips = bumps(stream(self._seed, app, "dips"), self._minutes, a_week=1.0, lengths=(4, 12), most=0.82)
        return {
            "viewers": dips * self._wander(f"{app}/viewers", {15: 0.012, 5 * HOUR: 0.03, 4 * DAY: 0.03}),
            "gift": self._wander(f"{app}/gift", {30: 0.015, 3 * HOUR: 0.025, 3 * DAY: 0.03}),
            "wallet": self._wander(f"{app}/wallet", {2 * HOUR: 0.02, 2 * DAY: 0.03}),
            "ad": self._wander(f"{app}/ad", {HOUR: 0.015, 2 * DAY: 0.025}),
            "price": self._wander(f"{app}/price", {3 * HOUR: 0.02, 3 * DAY: 0.04}),
            "commerce": self._wander(f"{app}/commerce", {40: 0.015, 4 * HOUR: 0.03, 2 * DAY: 0.04}),
        }

    def _of(self, place: RegionProfile, shared: dict[str, Levels]) -> dict[str, Counts]:
        """The series of one region."""
        viewers = (
            self._rate
            * place.weight
            * day_cycle(self._at, place.utc_offset, place.evening)
            * self._growth
            * shared["viewers"]
            * self._wander(f"{place.app}/{place.region}/viewers", {20: 0.02, 4 * HOUR: 0.03, 3 * DAY: 0.03})
        )
        return {
            **self._gifts(place, viewers * shared["gift"]),
            **self._topups(place, viewers * shared["gift"] * shared["wallet"]),
            **self._ads(place, viewers * shared["ad"], shared["price"]),
            **self._orders(place, viewers * shared["commerce"]),
            **self._watching(place, viewers),
            **self._payouts(place),
        }

    def _rng(self, place: RegionProfile, name: str) -> np.random.Generator:
        return stream(self._seed, place.app, place.region, name)

    def _gifts(self, place: RegionProfile, level: Levels) -> dict[str, Counts]:
        """Gifts come in bursts and crowds; a few carry most coins."""
        rng = self._rng(place, "gifts")
        crowds = bumps(rng, self._minutes, a_week=6, lengths=(8, 45), most=1.8)
        gifts = overdispersed(rng, level * place.gifts * crowds, 12.0)
        dear = rng.binomial(gifts, 0.0006)
        middle = rng.binomial(gifts - dear, 0.012)
        cheap = gifts - dear - middle
        coins = np.rint(
            np.maximum(cheap, cheap * 4.6 + rng.standard_normal(self._minutes) * 7 * np.sqrt(cheap))
        )
        capped = coins.astype(np.int64) + middle * 150 + dear * 1000
        # Above the cap of 1,000 coins: a Pareto tail up to the dearest gift.
        excess = np.zeros(self._minutes, np.int64)
        at = np.flatnonzero(dear)
        values = np.minimum(1000 * (1 + rng.pareto(0.9, int(dear.sum()))), 44_999).astype(np.int64) - 1000
        np.add.at(excess, np.repeat(at, dear[at]), values)
        return {
            "gifts": gifts,
            "gift_capped_coins": capped,
            "gift_capped_usd": capped * COIN_PRICE,
            "gift_coins": capped + excess,
            "gift_usd": (capped + excess) * COIN_PRICE,
            "gift_reversals": rng.poisson(level * place.gifts * REVERSALS).astype(np.int64),
        }

    def _topups(self, place: RegionProfile, level: Levels) -> dict[str, Counts]:
        rng = self._rng(place, "topups")
        tried = overdispersed(rng, level * place.gifts * TOPUPS, 1.4)
        failed = rng.binomial(
            tried, np.clip(0.03 * self._wander(f"{place}/declined", {3 * HOUR: 0.15}), 0, 1)
        )
        completed = tried - failed
        usd = completed * 6.0 + rng.standard_normal(self._minutes) * 9.0 * np.sqrt(completed)
        return {
            "topups_completed": completed,
            "topups_failed": failed.astype(np.int64),
            "topup_capped_usd": np.rint(np.maximum(usd, completed * 0.99) * USD).astype(np.int64),
        }

    def _ads(self, place: RegionProfile, level: Levels, price: Levels) -> dict[str, Counts]:
        rng = self._rng(place, "ads")
        impressions = overdispersed(rng, level * IMPRESSIONS, 2.5)
        invalid = rng.binomial(
            impressions, np.clip(0.015 * self._wander(f"{place}/robots", {2 * HOUR: 0.2}), 0, 1)
        )
        valid = impressions - invalid
        # Prices are lognormal with sigma 0.6: the spread of one is 0.66 of the mean.
        mean = price * place.cpm_usd / 1000 * 1.2
        usd = valid * mean * (1 + rng.standard_normal(self._minutes) * 0.66 / np.sqrt(np.maximum(valid, 1)))
        return {
            "ad_impressions": valid.astype(np.int64),
            "ad_shown_all": impressions,
            "ad_shown_invalid": invalid.astype(np.int64),
            "ad_revenue_usd": np.rint(np.maximum(usd, 0) * USD).astype(np.int64),
            "ad_capped_usd": np.rint(np.maximum(usd, 0) * USD).astype(np.int64),
        }

    def _orders(self, place: RegionProfile, level: Levels) -> dict[str, Counts]:
        rng = self._rng(place, "orders")
        drops = bumps(rng, self._minutes, a_week=3, lengths=(10, 40), most=1.7)
        tried = overdispersed(rng, level * place.orders * ORDERS * drops, 1.8)
        failed = rng.binomial(
            tried, np.clip(0.04 * self._wander(f"{place}/declined", {3 * HOUR: 0.12}), 0, 1)
        )
        completed = tried - failed
        orders = completed - rng.binomial(completed, 0.005)
        spread = 1.1 / np.sqrt(np.maximum(orders, 1))
        usd = (
            orders
            * place.order_usd
            * 1.5
            * np.exp(rng.standard_normal(self._minutes) * spread - spread**2 / 2)
        )
        refunded = rng.poisson(self._refunds(orders) * 0.12)
        return {
            "orders": orders.astype(np.int64),
            "checkouts_completed": completed.astype(np.int64),
            "checkouts_failed": failed.astype(np.int64),
            "order_capped_usd": np.rint(usd * USD).astype(np.int64),
            "refunded_orders": refunded.astype(np.int64),
            "refunded_usd": np.rint(refunded * place.order_usd * 1.3 * USD).astype(np.int64),
        }

    def _refunds(self, orders: Counts) -> Levels:
        """Orders whose refund is due by minute: a fifth within the hour, the rest with a median of 6 days."""
        hours = -(-self._minutes // HOUR)
        by_hour = np.zeros(hours)
        np.add.at(by_hour, np.arange(self._minutes) // HOUR, orders)
        # Before the world began it was as in its first week, so that refunds do not start from nothing.
        before = 35 * 24
        first = by_hour[: 7 * 24] if hours >= 7 * 24 else np.full(7 * 24, by_hour.mean())
        orders_by_hour = np.concatenate([np.tile(first, 5), by_hour])
        delays = np.arange(1, before + 1)
        density = np.exp(-(np.log(delays / (6 * 24)) ** 2) / (2 * 0.7**2)) / delays
        weights = np.concatenate([[0.2], 0.8 * density / density.sum()])
        due = np.convolve(orders_by_hour, weights)[before : before + hours]
        # Refunds are written by people and by jobs at all hours: half of them follow the day.
        return np.repeat(due / HOUR, HOUR)[: self._minutes]

    def _watching(self, place: RegionProfile, level: Levels) -> dict[str, Counts]:
        rng = self._rng(place, "watching")
        beats = overdispersed(rng, level * HEARTBEATS, 1.6)
        spread = rng.standard_normal(self._minutes) * 0.25 * np.sqrt(beats)
        watched = np.maximum(np.rint((beats + spread) * HEARTBEAT_MS), 0).astype(np.int64)
        return {"heartbeats": beats, "viewing_ms": watched}

    def _payouts(self, place: RegionProfile) -> dict[str, Counts]:
        """Payouts are asked for by day, and arrive some minutes after they were handed over."""
        rng = self._rng(place, "payouts")
        level = self._rate * place.weight * day_cycle(self._at, place.utc_offset - 6, 0.8) * self._growth
        initiated = overdispersed(
            rng, level * PAYOUTS * self._wander(f"{place}/payouts", {6 * HOUR: 0.1}), 3.0
        )
        delay = 12
        handled = np.concatenate([overdispersed(rng, level[:delay] * PAYOUTS, 3.0), initiated[:-delay]])
        failed = rng.binomial(handled, 0.02)
        paid = handled - failed
        usd = paid * 80.0 * np.exp(rng.standard_normal(self._minutes) * 0.9 / np.sqrt(np.maximum(paid, 1)))
        return {
            "payouts_initiated": initiated,
            "paid_payouts": paid.astype(np.int64),
            "refused_payouts": failed.astype(np.int64),
            "paid_payout_usd": np.rint(usd * USD).astype(np.int64),
        }

    def _pipeline(self, sums: MinuteSums) -> None:
        """Records by topic, of both apps, with the share that is broken or sent twice."""
        for topic in TOPICS:
            events = sum(
                (sums[key] for key in sums if key.measure in EVENTS_OF_TOPIC[topic]),
                np.zeros(self._minutes, np.int64),
            )
            rng = stream(self._seed, topic, "records_read")
            sums[SeriesKey("records_read", "", topic)] = events
            for measure, share, spread in (
                ("records_invalid", 0.0015, 0.15),
                ("records_duplicate", 0.005, 0.2),
            ):
                walk = self._wander(f"{topic}/{measure}", {6 * HOUR: spread})
                drawn = rng.binomial(events, np.clip(share * walk, 0, 1))
                sums[SeriesKey(measure, "", topic)] = drawn.astype(np.int64)
