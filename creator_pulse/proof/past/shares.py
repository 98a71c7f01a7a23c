"""How many people watch where and when: what all drawn sums of a label set follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import OTHER
from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.rhythm import growth_factor, rhythm_factor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.generator.model import Market
    from creator_pulse.stream.generator.world import World


def markets_of(labels: Mapping[str, str], regions: Mapping[str, Sequence[str]]) -> tuple[Market, ...]:
    """The markets whose records have a label set.

    Args:
        labels: names and values; without an app they are of all markets, without a region of the app's.
        regions: those with series of their own, by app; all others are ``other``.

    Example:
        >>> others = markets_of({"app": "tiktok", "region": "other"}, {"tiktok": ["US"]})
        >>> [market.region for market in others][:2]
        ['GB', 'DE']
    """
    app, region = labels.get("app"), labels.get("region")

    def shown(market: Market) -> str:
        return market.region if market.region in regions.get(market.app, ()) else OTHER

    return tuple(
        market for market in MARKETS if app in {None, market.app} and region in {None, shown(market)}
    )


def traffic(markets: Sequence[Market], at_ms: float, now_ms: float, world: World) -> float:
    """People who watch in some markets, relative to all on the mean of a week at the start of the live run.

    Args:
        markets: whose traffic is meant.
        at_ms: time of the traffic, epoch ms.
        now_ms: start of the live run, epoch ms.
        world: rhythm and growth of the audience.
    """
    growth = growth_factor(at_ms, now_ms, world.growth)
    return growth * sum(
        market.weight * (rhythm_factor(at_ms, market.utc_offset) if world.rhythm else 1.0)
        for market in markets
    )
