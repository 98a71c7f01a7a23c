"""Creators with skewed popularity, and viewers in the regions of both apps."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, TypeVar
from zlib import crc32

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.generator.model import Actor, Creator, Market

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

T = TypeVar("T")

# Log-normal popularity: few creators get most of the gifts, as in CR2.
POPULARITY_SIGMA = 2.5
"""Sigma of the creators' lognormal weights, which gives a Gini of 0.925 and the top 1 % a share of 57 %."""
_TIERS = (("lt_10k", 0.77), ("10k_50k", 0.19), ("50k_1m", 0.038), ("ge_1m", 0.002))
_DOUYIN_SHARE = 0.15
_PLATFORMS = ("android", "android", "android", "ios", "ios", "ios", "ios", "web")
_VIEWERS = 400_000
_FX = {str(entry["id"]): entry["usd_micros"] for entry in DEFAULTS if entry["kind"] == "fx"}


def _market(app: str, region: str, weight: float, currency: str, *figures: float) -> Market:
    rate = _FX[currency]
    # References are typed loosely; an fx entry has an integer.
    assert isinstance(rate, int)
    cpm_usd, order_usd, refund = figures
    return Market(app, region, weight, currency, rate, cpm_usd, order_usd, refund)


MARKETS = (
    _market("tiktok", "US", 0.30, "USD", 6.0, 35.0, 0.15),
    _market("tiktok", "GB", 0.08, "GBP", 5.4, 30.0, 0.15),
    _market("tiktok", "DE", 0.07, "EUR", 5.4, 30.0, 0.20),
    _market("tiktok", "BR", 0.12, "BRL", 2.4, 12.0, 0.10),
    _market("tiktok", "ID", 0.13, "IDR", 1.8, 4.5, 0.10),
    _market("tiktok", "JP", 0.06, "JPY", 5.4, 25.0, 0.08),
    _market("tiktok", "FR", 0.05, "EUR", 5.4, 30.0, 0.15),
    _market("tiktok", "VN", 0.04, "VND", 1.8, 4.5, 0.10),
    _market("tiktok", "KR", 0.03, "KRW", 5.4, 25.0, 0.08),
    _market("douyin", "CN", 0.12, "CNY", 4.0, 12.0, 0.40),
)
"""FR, VN and KR are outside the default series budget, so they count as ``other``."""


class Draw(Generic[T]):
    """Draws items by weight. For example, ``Draw("ab", (1, 3)).at(0.5)`` is ``"b"``.

    Args:
        items: the items to draw from.
        weights: the weight of each item, not negative.
    """

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self._items = items
        self._sums = list(accumulate(weights))
        self._total = self._sums[-1]

    def one(self, rng: Random) -> T:
        """A random item."""
        return self.at(rng.random())

    def at(self, share: float) -> T:
        """The item at a share of the total weight, from 0 to below 1."""
        # The running sums rise, so the first one above the share belongs to the item; the end is capped
        # because rounding may put the share above the last sum.
        return self._items[bisect(self._sums, share * self._total, 0, len(self._items) - 1)]


class Population:
    """The creators and viewers of a run.

    Args:
        rng: source of randomness; the same state gives the same population.
        creators: number of creators, 2 or more.
    """

    def __init__(self, rng: Random, creators: int) -> None:
        self._rng = rng
        douyin = max(1, round(creators * _DOUYIN_SHARE))
        self._creators = {
            "douyin": self._make("d", douyin),
            "tiktok": self._make("c", max(1, creators - douyin)),
        }
        self._markets = Draw(MARKETS, [market.weight for market in MARKETS])
        self._homes = {
            app: Draw(homes, [market.weight for market in homes])
            for app in self._creators
            if (homes := [market for market in MARKETS if market.app == app])
        }

    def creator(self, app: str) -> Creator:
        """A random creator of an app, by popularity."""
        return self._creators[app].one(self._rng)

    def market(self, app: str = "") -> Market:
        """A random market, by weight.

        Args:
            app: the app of the market; empty: any app.
        """
        market = self._markets.one(self._rng)
        # Rejection: the markets of one app keep their weights among each other.
        while app and market.app != app:
            market = self._markets.one(self._rng)
        return market

    def viewer(self, market: Market) -> str:
        """The fields of a random viewer of a market, as JSON."""
        return self._viewer(market)[1]

    def actor(self, creator: Creator | None = None, app: str = "tiktok") -> Actor:
        """A viewer with a creator whom they watch.

        Args:
            creator: the creator; None: first draw a market, then a creator in the same app.
            app: the app of the given creator.
        """
        market = self.market() if creator is None else self.market(app)
        chosen = self.creator(market.app) if creator is None else creator
        return Actor(chosen, market, f"{chosen.text},{self.viewer(market)}")

    def owner(self) -> Actor:
        """A random creator without a viewer, by popularity, in the creator's home market."""
        app = self._markets.one(self._rng).app
        chosen = self.creator(app)
        # spread is a hash of 32 bits: a creator always has the same home, and homes follow their weights.
        home = self._homes[app].at(chosen.spread / 2**32)
        return Actor(chosen, home, f'{chosen.text},"region":"{home.region}","app":"{home.app}"')

    def buyer(self) -> Actor:
        """A random viewer without a creator."""
        market = self._markets.one(self._rng)
        name, text = self._viewer(market)
        return Actor(Creator(name, "", crc32(name)), market, f'"creator_id":"-",{text}')

    def _viewer(self, market: Market) -> tuple[bytes, str]:
        """The id and the fields (as JSON) of a random viewer of a market; low numbers are more likely."""
        # Squared, so that low numbers are drawn more often: some viewers come back.
        number = int(_VIEWERS * self._rng.random() ** 2)
        name = f"v{market.region}{number}"
        text = (
            f'"viewer_id":"{name}","region":"{market.region}","app":"{market.app}",'
            # The lowest three bits choose among eight, so a viewer has one platform.
            f'"platform":"{_PLATFORMS[number & 7]}"'
        )
        return name.encode(), text

    def _make(self, letter: str, number: int) -> Draw[Creator]:
        rng = self._rng
        tiers = Draw([name for name, _ in _TIERS], [share for _, share in _TIERS])
        creators = []
        for index in range(number):
            name = f"{letter}{index:05d}"
            text = f'"creator_id":"{name}","creator_tier":"{tiers.one(rng)}","room_id":"r{name}"'
            creators.append(Creator(name.encode(), text, crc32(name.encode())))
        # Drawn once: the same creators are popular in the whole run.
        return Draw(creators, [rng.lognormvariate(0.0, POPULARITY_SIGMA) for _ in creators])
