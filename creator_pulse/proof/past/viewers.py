"""Who watches: the sums of the past by viewer and business day."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.proof.past.shares import traffic
from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.generator.ad_traffic import LIVE
from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.population import pool_size, viewer_id
from creator_pulse.stream.generator.rhythm import growth_factor
from creator_pulse.stream.generator.watch_traffic import EVERY_MS, VISIT_MS, VISIT_SIGMA
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.lateness import LATE_DAYS
from creator_pulse.stream.panes.pane_record import Lot, Partial, route
from creator_pulse.stream.panes.rows import packed
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.topology import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.generator.model import Market
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.settings import Settings

    Counts = NDArray[np.int64]

TOPIC, VIEWER_MEASURE = "watch", "viewer_watch_ms"
"""The measure that is drawn: its panes of days. Those of minutes are too many for weeks."""
_SURFACES = "feed", "live"
_MEAN_VISIT_MS = VISIT_MS * math.exp(VISIT_SIGMA**2 / 2)
"""Of a lognormal length the mean is that many times the median."""


class _Visits(NamedTuple):
    """Visits of one market, one place each.

    Attributes:
        viewers: numbers of the viewers in the market.
        surfaces: places in ``_SURFACES``: 0 in the feed, 1 live.
        days: where the business days begin, epoch ms.
        lengths: viewing time on the day, ms.
    """

    viewers: Counts
    surfaces: Counts
    days: Counts
    lengths: Counts


class PastViewers:
    """Draws visits as the live generator makes them: who comes, for how long, and on which surface.

    Only business days take these sums. As they come after their minutes are over, they are late there.

    Args:
        settings: where business days begin, and the number of merge lanes.
        key: of the installation, under which the ids of viewers are hashed.
        world: rhythm and growth of the audience.
        seats: people who watch at a time, on the mean of a week, as the live run begins.
        now_ms: start of the live run, epoch ms.
        seed: of all chance; each span draws with one that follows from it and its begin.
    """

    def __init__(
        self, settings: Settings, key: HashKey, world: World, seats: float, now_ms: int, seed: int
    ) -> None:
        self._key, self._world, self._seats = key, world, seats
        self._now_ms, self._seed = now_ms, seed
        self._days, self._lanes = BusinessDays(settings.day_offsets), settings.merge_partitions
        self._table = tables_of(PRODUCT.catalogue)[VIEWER_MEASURE]
        self._keys: dict[Market, NDArray[np.uint64]] = {market: np.empty(0, np.uint64) for market in MARKETS}

    def rows(self, starts: Sequence[int], until_ms: int) -> Iterator[tuple[int, Partial]]:
        """The sums by viewer of the visits that begin in some lots, with their merge lanes.

        Args:
            starts: of the lots, epoch ms, rising.
            until_ms: end of the last one, epoch ms.
        """
        rng = np.random.default_rng([self._seed, starts[0] // SLOT_MS, 2])
        for market in MARKETS:
            visits = self._visits(rng, market, [*starts, until_ms])
            for day in np.unique(visits.days).tolist():
                partial = self._partial(market, visits, day)
                yield route(self._table.routed((market.app, "")), self._lanes), partial

    def _visits(self, rng: np.random.Generator, market: Market, cuts: Sequence[int]) -> _Visits:
        """The visits that begin between some times; one that lasts over midnight is in both days."""
        begins = np.concatenate(
            [
                rng.uniform(begin, end, rng.poisson(self._people(market, begin, end) * (end - begin)))
                for begin, end in pairwise(cuts)
            ]
        )
        beats = np.maximum(1, np.rint(rng.lognormal(math.log(VISIT_MS / EVERY_MS), VISIT_SIGMA, len(begins))))
        growth = growth_factor((cuts[0] + cuts[-1]) / 2, self._now_ms, self._world.growth)
        # Squared, as in the generator: low numbers come more often.
        viewers = (pool_size(market, self._seats * growth) * rng.random(len(begins)) ** 2).astype(np.int64)
        surfaces = (rng.random(len(begins)) < LIVE).astype(np.int64)
        phase = self._days.begins(0, market.app)[0]
        days = ((begins - phase) // DAY_MS * DAY_MS + phase).astype(np.int64)
        lengths = (beats * EVERY_MS).astype(np.int64)
        after = (begins + lengths).astype(np.int64) - (days + DAY_MS)
        longer = after > 0
        return _Visits(
            np.concatenate([viewers, viewers[longer]]),
            np.concatenate([surfaces, surfaces[longer]]),
            np.concatenate([days, days[longer] + DAY_MS]),
            np.concatenate([lengths - np.maximum(after, 0), after[longer]]),
        )

    def _people(self, market: Market, begin: int, end: int) -> float:
        """How many visits of a market begin in a millisecond of a span."""
        watching = self._seats * traffic([market], (begin + end) / 2, self._now_ms, self._world)
        return watching / _MEAN_VISIT_MS

    def _partial(self, market: Market, visits: _Visits, day: int) -> Partial:
        """The rows of one market and day, those of a surface together."""
        there = visits.days == day
        # One number for surface and viewer: the surface in front, so that its rows follow each other.
        stride = int(visits.viewers.max()) + 1
        places, of_place = np.unique(
            visits.surfaces[there] * stride + visits.viewers[there], return_inverse=True
        )
        sums = np.zeros((len(places), len(self._table.columns)), np.int64)
        np.add.at(sums[:, self._table.places(VIEWER_MEASURE).start], of_place, visits.lengths[there])
        keys = self._identities(market, stride)[places % stride]
        counts = np.bincount(places // stride, minlength=len(_SURFACES)).tolist()
        lots = [
            Lot((market.app, surface), day, LATE_DAYS, count)
            for surface, count in zip(_SURFACES, counts, strict=True)
            if count
        ]
        return Partial(self._table.name, lots, *packed(keys[:, None], sums, self._table.columns))

    def _identities(self, market: Market, number: int) -> NDArray[np.uint64]:
        """The identities of at least so many viewers of a market."""
        keys = self._keys[market]
        if len(keys) < number:
            more = [
                self._key.identity_of(viewer_id(market, each).encode()) for each in range(len(keys), number)
            ]
            keys = self._keys[market] = np.concatenate([keys, np.array(more, np.uint64)])
        return keys
