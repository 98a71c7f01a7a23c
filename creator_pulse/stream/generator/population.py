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

POPULARITY_SIGMA = 2.5
"""Of the lognormal weights of creators: Gini 0.925, the top 1 % hold 57 %."""
_TIERS = (("lt_10k", 0.77), ("10k_50k", 0.19), ("50k_1m", 0.038), ("ge_1m", 0.002))
_DOUYIN_SHARE = 0.15
_PLATFORMS = ("android", "android", "android", "ios", "ios", "ios", "ios", "web")
_VIEWERS = 400_000
_FX = {str(entry["id"]): entry["usd_micros"] for entry in DEFAULTS if entry["kind"] == "fx"}


def _place(app: str, region: str, weight: float, currency: str, *figures: float) -> Market:
    rate = _FX[currency]
    assert isinstance(rate, int)
    cpm_usd, order_usd, refund = figures
    return Market(app, region, weight, currency, rate, cpm_usd, order_usd, refund)


PLACES = (
    _place("tiktok", "US", 0.30, "USD", 6.0, 35.0, 0.15),
    _place("tiktok", "GB", 0.08, "GBP", 5.4, 30.0, 0.15),
    _place("tiktok", "DE", 0.07, "EUR", 5.4, 30.0, 0.20),
    _place("tiktok", "BR", 0.12, "BRL", 2.4, 12.0, 0.10),
    _place("tiktok", "ID", 0.13, "IDR", 1.8, 4.5, 0.10),
    _place("tiktok", "JP", 0.06, "JPY", 5.4, 25.0, 0.08),
    _place("tiktok", "FR", 0.05, "EUR", 5.4, 30.0, 0.15),
    _place("tiktok", "VN", 0.04, "VND", 1.8, 4.5, 0.10),
    _place("tiktok", "KR", 0.03, "KRW", 5.4, 25.0, 0.08),
    _place("douyin", "CN", 0.12, "CNY", 4.0, 12.0, 0.40),
)
"""FR, VN and KR lie outside the default series budget, so they count as ``other``."""


class Draw(Generic[T]):
    """Draws items by weight.

    Args:
        items: what is drawn.
        weights: not negative, as many as items.
    """

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self._items = items
        self._sums = list(accumulate(weights))
        self._total = self._sums[-1]

    def one(self, rng: Random) -> T:
        """One item."""
        return self.at(rng.random())

    def at(self, share: float) -> T:
        """The item at a share of all weights, from 0 to below 1."""
        return self._items[bisect(self._sums, share * self._total, 0, len(self._items) - 1)]


class Population:
    """Everybody of a run.

    Args:
        rng: source of randomness; the same state gives the same population.
        creators: how many.
    """

    def __init__(self, rng: Random, creators: int) -> None:
        self._rng = rng
        douyin = max(1, round(creators * _DOUYIN_SHARE))
        self._creators = {
            "douyin": self._make("d", douyin),
            "tiktok": self._make("c", max(1, creators - douyin)),
        }
        self._places = Draw(PLACES, [place.weight for place in PLACES])
        self._homes = {
            app: Draw(homes, [place.weight for place in homes])
            for app in self._creators
            if (homes := [place for place in PLACES if place.app == app])
        }

    def creator(self, app: str) -> Creator:
        """A creator of an app, by popularity."""
        return self._creators[app].one(self._rng)

    def place(self, app: str = "") -> Market:
        """Where somebody is, by weight.

        Args:
            app: of the place; empty: of any.
        """
        place = self._places.one(self._rng)
        while app and place.app != app:
            place = self._places.one(self._rng)
        return place

    def viewer(self, place: Market) -> str:
        """The fields of a viewer of a place as JSON."""
        return self._viewer(place)[1]

    def actor(self, creator: Creator | None = None, app: str = "tiktok") -> Actor:
        """A viewer with a creator they watch.

        Args:
            creator: whom; None draws the place first, then a creator of its app.
            app: of the given creator.
        """
        place = self.place() if creator is None else self.place(app)
        chosen = self.creator(place.app) if creator is None else creator
        return Actor(chosen, place, f"{chosen.text},{self.viewer(place)}")

    def owner(self) -> Actor:
        """A creator alone, by popularity, where they live."""
        app = self._places.one(self._rng).app
        chosen = self.creator(app)
        home = self._homes[app].at(chosen.spread / 2**32)
        return Actor(chosen, home, f'{chosen.text},"region":"{home.region}","app":"{home.app}"')

    def buyer(self) -> Actor:
        """A viewer alone."""
        place = self._places.one(self._rng)
        name, text = self._viewer(place)
        return Actor(Creator(name, "", crc32(name)), place, f'"creator_id":"-",{text}')

    def _viewer(self, place: Market) -> tuple[bytes, str]:
        """The id of a viewer of a place, and their fields as JSON."""
        number = int(_VIEWERS * self._rng.random() ** 2)
        name = f"v{place.region}{number}"
        text = (
            f'"viewer_id":"{name}","region":"{place.region}","app":"{place.app}",'
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
        return Draw(creators, [rng.lognormvariate(0.0, POPULARITY_SIGMA) for _ in creators])
