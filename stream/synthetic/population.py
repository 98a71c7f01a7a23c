"""Creators with skewed popularity, and viewers in the regions of both apps."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, TypeVar
from zlib import crc32

from stream.events.defaults import DEFAULTS
from stream.synthetic.model import Actor, Creator, Place

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


def _place(app: str, region: str, weight: float, currency: str, *figures: float) -> Place:
    rate = _FX[currency]
    assert isinstance(rate, int)
    cpm_usd, order_usd, refund = figures
    return Place(app, region, weight, currency, rate, cpm_usd, order_usd, refund)


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
        return self._items[bisect(self._sums, rng.random() * self._total, 0, len(self._items) - 1)]


class Population:
    """Everybody of a run.

    Args:
        rng: source of randomness; the same state gives the same population.
        creators: how many.
        partitions: of each input topic.
    """

    def __init__(self, rng: Random, creators: int, partitions: int) -> None:
        self._rng = rng
        douyin = max(1, round(creators * _DOUYIN_SHARE))
        self._creators = {
            "douyin": self._make("d", douyin, partitions),
            "tiktok": self._make("c", max(1, creators - douyin), partitions),
        }
        self._places = Draw(PLACES, [place.weight for place in PLACES])

    def creator(self, app: str) -> Creator:
        """A creator of an app, by popularity."""
        return self._creators[app].one(self._rng)

    def actor(self, creator: Creator | None = None, app: str = "tiktok") -> Actor:
        """A viewer with a creator they watch.

        Args:
            creator: whom; None draws the place first, then a creator of its app.
            app: of the given creator.
        """
        rng = self._rng
        place = self._places.one(rng)
        while creator is not None and place.app != app:
            place = self._places.one(rng)
        chosen = self.creator(place.app) if creator is None else creator
        viewer = int(_VIEWERS * rng.random() ** 2)
        return Actor(
            chosen,
            place,
            f'{chosen.text},"viewer_id":"v{place.region}{viewer}","region":"{place.region}","app":"{place.app}",'
            f'"platform":"{_PLATFORMS[viewer & 7]}"',
        )

    def _make(self, letter: str, number: int, partitions: int) -> Draw[Creator]:
        rng = self._rng
        tiers = Draw([name for name, _ in _TIERS], [share for _, share in _TIERS])
        creators = []
        for index in range(number):
            name = f"{letter}{index:05d}"
            text = f'"creator_id":"{name}","creator_tier":"{tiers.one(rng)}","room_id":"r{name}"'
            creators.append(Creator(name.encode(), text, partition_of(name.encode(), partitions)))
        return Draw(creators, [rng.lognormvariate(0.0, POPULARITY_SIGMA) for _ in creators])


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: CRC-32 modulo their number, the same on every machine."""
    return crc32(key) % partitions
