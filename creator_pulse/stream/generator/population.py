"""Creators with skewed popularity, and viewers in the regions of both apps."""

from __future__ import annotations

import math
from bisect import bisect
from collections import defaultdict
from itertools import accumulate, chain
from statistics import NormalDist
from typing import TYPE_CHECKING, Generic, TypeVar
from zlib import crc32

from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.model import Actor, Creator, Viewer
from creator_pulse.stream.generator.rhythm import growth_factor, rhythm_factor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from creator_pulse.stream.generator.model import Market
    from creator_pulse.stream.generator.world import World

T = TypeVar("T")

_USUAL = NormalDist()
# Median and sigma of the lognormal number of followers.
_FOLLOWERS, _FOLLOWERS_SIGMA = 3_000, 1.6
# Sigma of popularity beside followers^0.5: that of the product is 2.5, which is a Gini of 0.925.
_LUCK_SIGMA = 2.37
_TIERS = ((10_000, "lt_10k"), (50_000, "10k_50k"), (1_000_000, "50k_1m"), (math.inf, "ge_1m"))
HOSTS_FOLLOWERS = 1_000
"""Followers that a creator needs to go live."""
REWARDED_FOLLOWERS = 10_000
"""Followers that a creator needs to be rewarded for views."""
# Share of viewing that goes to creators of the viewer's own market; the rest goes to any of the app.
_AT_HOME = 0.85
_PLATFORMS = ("android", "android", "android", "ios", "ios", "ios", "ios", "web")
# Viewers per viewer at a time: of 24 hours of one seat everybody takes 97 minutes a day.
_POOL = 15.3
# What is added to the sigma of gifts of a coin where a gift has e times as many.
_DEAR_SIGMA = 0.1
# Of a market, however small the run is.
_FEWEST_VIEWERS = 40
_MINUTE_MS = 60_000


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


class _Roster:
    """Creators, to be drawn in different ways.

    Attributes:
        popular: drawn by popularity.
        any: drawn alike.
        hosts: those who may go live, drawn by the root of their popularity.
        rewarded: those who are rewarded for views, drawn by popularity.
    """

    def __init__(self, creators: Sequence[Creator]) -> None:
        self.popular = self._draw(creators, lambda creator: creator.weight)
        self.any = self._draw(creators, lambda _: 1.0)
        self.hosts = self._draw(
            _hosts(creators),
            # Half of a host's success is how often there is a show, the other half is how many watch it.
            lambda creator: math.sqrt(creator.weight),
        )
        self.rewarded = self._draw(
            [creator for creator in creators if creator.followers >= REWARDED_FOLLOWERS] or creators,
            lambda creator: creator.weight,
        )

    @staticmethod
    def _draw(creators: Sequence[Creator], weight: Callable[[Creator], float]) -> Draw[Creator]:
        return Draw(creators, [weight(creator) for creator in creators])


class Population:
    """The creators and viewers of a run.

    Args:
        rng: source of randomness; the same state gives the same population.
        creators: number of creators; each market has two or more.
        seats: mean number of people who watch at a time, at the start of the run.
        start_ms: start of the run, epoch ms.
        world: rhythm, growth and how often things happen.

    Attributes:
        traffic: people who watch now, relative to ``seats``.
    """

    def __init__(self, rng: Random, creators: int, seats: float, start_ms: int, world: World) -> None:
        self._rng, self._world = rng, world
        self._seats, self._start_ms = seats, start_ms
        self._apart = round(1 / world.gifters)
        names = iter(range(creators + 2 * len(MARKETS)))
        homes = {
            market.region: self._creators(names, market, max(2, round(creators * market.weight)))
            for market in MARKETS
        }
        self._homes = {region: _Roster(own) for region, own in homes.items()}
        self._apps = {
            app: Draw(everybody, [creator.weight for creator in everybody])
            for app in dict.fromkeys(market.app for market in MARKETS)
            if (everybody := [who for market in MARKETS if market.app == app for who in homes[market.region]])
        }
        self._by_market = tuple(homes.values())
        self._known_until = -math.inf
        self.follow(start_ms)

    def everybody(self) -> Iterator[Creator]:
        """All creators."""
        return chain.from_iterable(self._by_market)

    def attention(self, app: str, live: float) -> dict[bytes, float]:
        """The share of an app's viewing that each of its creators has on average, by the creator's id.

        Args:
            app: whose viewers watch.
            live: share of viewing that is live, which hosts have by popularity.
        """
        markets = [
            (market, own) for market, own in zip(MARKETS, self._by_market, strict=True) if market.app == app
        ]
        shares: dict[bytes, float] = defaultdict(float)
        everybody: Sequence[Creator] = [creator for _, own in markets for creator in own]
        weight = sum(market.weight for market, _ in markets)
        watched = [(everybody, (1 - live) * (1 - _AT_HOME))]
        for market, own in markets:
            watched.append((own, (1 - live) * _AT_HOME * market.weight / weight))
            watched.append((_hosts(own), live * market.weight / weight))
        for creators, part in watched:
            of_all = part / sum(creator.weight for creator in creators)
            for creator in creators:
                shares[creator.key] += creator.weight * of_all
        return dict(shares)

    def follow(self, now_ms: float) -> None:
        """Take the traffic of a time, which changes once a minute.

        Args:
            now_ms: virtual time, epoch ms.
        """
        # A past is made of people as they are at its end: there time goes back.
        if self._known_until - _MINUTE_MS <= now_ms < self._known_until:
            return
        self._known_until = now_ms + _MINUTE_MS
        self._growth = growth_factor(now_ms, self._start_ms, self._world.growth)
        rhythm = self._world.rhythm
        shares = [
            market.weight * (rhythm_factor(now_ms, market.utc_offset) if rhythm else 1.0)
            for market in MARKETS
        ]
        self.traffic = self._growth * sum(shares)
        now = list(zip(MARKETS, shares, strict=True))
        self._watching = Draw(MARKETS, shares)
        self._giving = Draw(MARKETS, [share * market.gifts for market, share in now])
        self._shopping = Draw(MARKETS, [share * market.clicks for market, share in now])
        self._earning = Draw(MARKETS, [share * market.cpm_usd for market, share in now])
        self._givers_at_home = Draw(
            [market for market in MARKETS if market.app == "tiktok"],
            [share * market.gifts for market, share in now if market.app == "tiktok"],
        )

    def market(self) -> Market:
        """A random market, by the number of people who watch there now."""
        return self._watching.one(self._rng)

    def giving_market(self, *, in_match: bool = False) -> Market:
        """A random market, by the gifts of the people who watch there now.

        Args:
            in_match: whether it is one of the app that has matches.
        """
        return (self._givers_at_home if in_match else self._giving).one(self._rng)

    def creator(self, market: Market) -> Creator:
        """A random creator whom a viewer of a market watches, by popularity: mostly one from there."""
        at_home = self._rng.random() < _AT_HOME
        return (self._homes[market.region].popular if at_home else self._apps[market.app]).one(self._rng)

    def viewer(self, market: Market) -> Viewer:
        """A random viewer of a market; low numbers are more likely."""
        # Squared, so that low numbers are drawn more often: some viewers come back.
        return self._viewer(market, int(self._pool(market) * self._rng.random() ** 2))

    def gifter(self, market: Market, coins: int) -> Viewer:
        """A viewer of a market who gives; the keenest fifth gives nearly everything.

        Args:
            market: the app and region that the viewer is of.
            coins: price of the gift: the dearer, the keener.
        """
        # Of lognormal amounts, the first share x (of those who give most) have normal(inverse(x) + sigma) of
        # all. So the one who gives a random coin is at x = normal(z - sigma), with z a normal variable.
        sigma = self._world.gift_sigma + _DEAR_SIGMA * math.log(coins)
        rank = _USUAL.cdf(self._rng.gauss(0.0, 1.0) - sigma)
        # Every n-th viewer gives; low numbers, who watch most, are the keenest.
        return self._viewer(market, int(self._pool(market) / self._apart * rank) * self._apart)

    def gifters(self) -> int:
        """How many viewers of all markets ever give."""
        return sum(math.ceil(self._pool(market) / self._apart) for market in MARKETS)

    def _pool(self, market: Market) -> float:
        """How many people of a market ever watch."""
        return pool_size(market, self._seats * self._growth)

    def _viewer(self, market: Market, number: int) -> Viewer:
        text = viewer_id(market, number)
        name = text.encode()
        fields = (
            f'"viewer_id":"{text}","region":"{market.region}","app":"{market.app}",'
            f'"platform":"{_PLATFORMS[number & 7]}"'
        )
        return Viewer(name, market, fields, number % self._apart == 0)

    def shopper(self) -> Actor:
        """A random viewer who looks at a product of a creator."""
        market = self._shopping.one(self._rng)
        return watching(self.creator(market), self.viewer(market))

    def shopping_market(self) -> Market:
        """A random market, by the clicks of the people who watch there now."""
        return self._shopping.one(self._rng)

    def owner(self) -> Actor:
        """A random creator without a viewer, all alike, in the creator's own market."""
        market = self.market()
        return _alone(self._homes[market.region].any.one(self._rng), market)

    def host(self, app: str = "") -> Actor:
        """A random creator who goes live.

        Args:
            app: where the host streams; empty: in any app.
        """
        market = self.market()
        while app and market.app != app:
            market = self.market()
        return _alone(self._homes[market.region].hosts.one(self._rng), market)

    def rewarded(self) -> Actor:
        """A random creator who is rewarded for views, by popularity."""
        market = self.market()
        return _alone(self._homes[market.region].rewarded.one(self._rng), market)

    def payee(self) -> Actor:
        """A random creator who is paid, by popularity and by what attention is worth in the market."""
        market = self._earning.one(self._rng)
        return _alone(self._homes[market.region].popular.one(self._rng), market)

    def _creators(self, names: Iterator[int], market: Market, number: int) -> list[Creator]:
        """Creators of a market: followers and luck are lognormal, each by the quantiles of the distribution.

        Quantiles, not random numbers, because few creators have most of everything: at random, one of them
        would make a region rich or poor.
        """
        quantiles = [_USUAL.inv_cdf((index + 0.5) / number) for index in range(number)]
        lucks = quantiles.copy()
        self._rng.shuffle(lucks)
        letter = "d" if market.app == "douyin" else "c"
        creators = []
        for quantile, luck in zip(quantiles, lucks, strict=True):
            name = f"{letter}{next(names):05d}"
            followers = _FOLLOWERS * math.exp(_FOLLOWERS_SIGMA * quantile)
            tier = next(tier for end, tier in _TIERS if followers < end)
            text = f'"creator_id":"{name}","creator_tier":"{tier}","room_id":"r{name}"'
            weight = math.sqrt(followers / _FOLLOWERS) * math.exp(_LUCK_SIGMA * luck)
            creators.append(Creator(name.encode(), text, crc32(name.encode()), followers, weight))
        return creators


def pool_size(market: Market, seats: float) -> float:
    """How many people of a market ever watch.

    Args:
        market: the country and app that they are of.
        seats: people of all markets who watch at a time, on the mean of a week.
    """
    return max(_FEWEST_VIEWERS, seats * _POOL * market.weight)


def viewer_id(market: Market, number: int) -> str:
    """The id of a viewer, whose number is below the market's pool size."""
    return f"v{market.region}{number}"


def _hosts(creators: Sequence[Creator]) -> Sequence[Creator]:
    """Those who may go live."""
    return [creator for creator in creators if creator.followers >= HOSTS_FOLLOWERS] or creators


def watching(creator: Creator, viewer: Viewer) -> Actor:
    """A viewer together with a creator whom they watch, buy from or give to."""
    return Actor(creator, viewer.market, f"{creator.text},{viewer.text}")


def alone(viewer: Viewer) -> Actor:
    """A viewer without a creator, by whom their own records are keyed."""
    return Actor(
        Creator(viewer.name, "", crc32(viewer.name)), viewer.market, f'"creator_id":"-",{viewer.text}'
    )


def _alone(creator: Creator, market: Market) -> Actor:
    return Actor(creator, market, f'{creator.text},"region":"{market.region}","app":"{market.app}"')
