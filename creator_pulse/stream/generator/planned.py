"""Reference entries that fit the generator's traffic: budgets, dated rates, sales days and plan lines.

None of them changes a count: rates, prices and shares are repeated with their default values as dated
versions, and the other kinds are only compared with values on the boards.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.reference_entry import Entry
from creator_pulse.stream.generator.ad_traffic import CAMPAIGNS, CPM_SIGMA, FILLED, PER_HOUR
from creator_pulse.stream.generator.generator import audience
from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.payout_traffic import TOOLS, mean_usd
from creator_pulse.stream.generator.reward_traffic import (
    QUALIFIED,
    RPM_CPM_USD,
    RPM_SIGMA,
    RPM_USD,
    VIEWS,
    VIEWS_SIGMA,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.settings import Settings

_DAY_HOURS = 24
AHEAD_DAYS = 7
"""Days until campaigns end and the next sales day begins."""
SLACK = 1.1
"""Planned amounts as a multiple of the expected ones."""
OWED_DAYS = 30
"""Days of payouts that creators are owed at any time: the earnings of a month are paid in the next."""
SALES_DAY_FACTOR = 3.0
TARGETS = {"ad_fill_ratio": FILLED, "click_to_order_ratio": 0.045, "small_creator_ratio": 0.8}
"""Plan lines by metric, in the unit of the series."""
_DATED = frozenset({"take_rate", "rate", "gift"})


def planned_entries(
    rate: float, world: World, start_ms: int, settings: Settings, behind_ms: int = 0
) -> Iterator[Entry]:
    """The entries of a run, published before its first record; the same arguments give the same entries.

    Args:
        rate: records per second of all topics together.
        world: how much of everything there is.
        start_ms: virtual time of the start, from which the entries are valid, epoch ms.
        settings: the regions that have their own series.
        behind_ms: how much was counted before the start: campaigns began at most a week before.

    Yields:
        reward budgets by app and region, and campaign budgets, both for the expected traffic; what creators
        are owed at the start, as the same payouts went on before; the current
        version of every rate, share and gift; the next sales day; plan lines.
    """
    hours = audience(rate, world) * _DAY_HOURS
    for (app, region), usd in _rewards(hours * world.rewards, settings).items():
        yield Entry("reward_budget", f"{app}:{region}", start_ms, usd_micros=round(usd * 10**6))
    for (app, tool), usd in _owed(hours * world.payouts).items():
        yield Entry("owed", f"{app}:{tool}", start_ms, usd_micros=round(usd * 10**6))
    until = start_ms + AHEAD_DAYS * DAY_MS
    since = start_ms - min(behind_ms, AHEAD_DAYS * DAY_MS)
    for app, numbers in CAMPAIGNS.items():
        spend = _ad_spend(hours, app) / len(numbers) * (until - since) / DAY_MS * SLACK
        for number in numbers:
            yield Entry("campaign", f"k{number}", since, until, usd_micros=round(spend * 10**6))
    for entry in DEFAULTS:
        if entry["kind"] in _DATED:
            yield msgspec.convert({**entry, "valid_from": start_ms}, Entry)
    # Start of the UTC day on which the campaigns end.
    sales_day = until // DAY_MS * DAY_MS
    for app in settings.regions:
        # A sales day is the shop's: nobody gives three times as many gifts.
        yield Entry("calendar", f"{app}:commerce", sales_day, sales_day + DAY_MS, factor=SALES_DAY_FACTOR)
        for name, value in TARGETS.items():
            yield Entry("target", f"{name}:{app}", start_ms, value=value)


def _rewards(rewards: float, settings: Settings) -> dict[tuple[str, str], float]:
    """Planned money per day by app and region, USD, from the lognormal means of views and rates.

    Args:
        rewards: number of rewards per day.
        settings: the regions that have their own series.
    """
    # The mean of a lognormal variable is its median times exp(sigma^2 / 2).
    views = VIEWS * math.exp(VIEWS_SIGMA**2 / 2) * QUALIFIED
    usd = views * RPM_USD * math.exp(RPM_SIGMA**2 / 2) / 1000
    by_region: dict[tuple[str, str], float] = {}
    for market in MARKETS:
        named = market.region in settings.regions.get(market.app, ())
        key = market.app, market.region if named else "other"
        planned = rewards * market.weight * usd * market.cpm_usd / RPM_CPM_USD * SLACK
        by_region[key] = by_region.get(key, 0.0) + planned
    return by_region


def _owed(payouts: float) -> dict[tuple[str, str], float]:
    """Money owed to creators by app and tool, USD.

    Args:
        payouts: number of payouts per day.
    """
    earning = [(market.app, market.weight * market.cpm_usd) for market in MARKETS]
    usd = payouts * mean_usd() * OWED_DAYS / sum(weight for _, weight in earning)
    by_tool = Counter(TOOLS)
    owed: dict[tuple[str, str], float] = defaultdict(float)
    for app, weight in earning:
        for tool, number in by_tool.items():
            owed[app, tool] += usd * weight * number / len(TOOLS)
    return owed


def _ad_spend(hours: float, app: str) -> float:
    """Spend of an app's campaigns, USD, from the lognormal means of prices.

    Args:
        hours: viewing hours in all markets.
        app: whose campaigns are meant, ``tiktok`` or ``douyin``.
    """
    markets = [market for market in MARKETS if market.app == app]
    cpm = sum(market.weight * market.cpm_usd for market in markets) * math.exp(CPM_SIGMA**2 / 2)
    return hours * PER_HOUR * cpm / 1000
