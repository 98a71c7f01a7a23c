"""What planners and contracts would say of the generator's traffic: entries of the reference topic.

None of them changes what a record adds: rates, prices and shares come again with the values that hold
anyway, as versions with a date, and the other kinds are what values are held against where they are shown.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.reference_entry import Entry
from creator_pulse.stream.generator.ad_traffic import BILLABLE, CAMPAIGNS, CPM_SIGMA, FILLED, INVALID_TRAFFIC
from creator_pulse.stream.generator.generator import IMPRESSIONS
from creator_pulse.stream.generator.population import PLACES
from creator_pulse.stream.generator.quiet_traffic import REWARDS
from creator_pulse.stream.generator.reward_traffic import QUALIFIED, RPM_SIGMA, RPM_USD, VIEWS, VIEWS_SIGMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.settings import Settings

_DAY_SECONDS = 86_400
DAY_MS = 1000 * _DAY_SECONDS
AHEAD_DAYS = 7
"""How far plans reach: campaigns end, and the next sales day begins."""
SLACK = 1.1
"""Plans are a little larger than what is expected."""
SALES_DAY_FACTOR = 3.0
TARGETS = {"ad_fill_ratio": FILLED, "click_to_order_ratio": 0.045, "small_creator_ratio": 0.8}
"""Plan lines, in the unit of the series."""
_DATED = frozenset({"take_rate", "rate", "gift"})


def planned_entries(rate: float, start_ms: int, settings: Settings) -> Iterator[Entry]:
    """The entries of a run, the same for the same arguments; published before its first record.

    Args:
        rate: records a second.
        start_ms: virtual time at which it starts, from which on they hold.
        settings: regions that have series of their own.

    Yields:
        budgets of rewards by place and of campaigns, for what the traffic is expected to bring; today's
        version of every rate, share and gift; the next sales day; plan lines.
    """
    for (app, region), usd in _rewards(rate, settings).items():
        yield Entry("reward_budget", f"{app}:{region}", start_ms, usd_micros=round(usd * 10**6))
    spend = _ad_spend(rate) / CAMPAIGNS * AHEAD_DAYS * SLACK
    until = start_ms + AHEAD_DAYS * DAY_MS
    for number in range(CAMPAIGNS):
        yield Entry("campaign", f"k{number}", start_ms, until, usd_micros=round(spend * 10**6))
    for one in DEFAULTS:
        if one["kind"] in _DATED:
            yield msgspec.convert({**one, "valid_from": start_ms}, Entry)
    sales_day = until // DAY_MS * DAY_MS
    for app in settings.regions:
        yield Entry("calendar", app, sales_day, sales_day + DAY_MS, factor=SALES_DAY_FACTOR)
        for name, value in TARGETS.items():
            yield Entry("target", f"{name}:{app}", start_ms, value=value)


def _rewards(rate: float, settings: Settings) -> dict[tuple[str, str], float]:
    """By app and region the rewards planned per day, USD: lognormal means of views and rates."""
    views = VIEWS * math.exp(VIEWS_SIGMA**2 / 2) * QUALIFIED
    usd = views * RPM_USD * math.exp(RPM_SIGMA**2 / 2) / 1000
    found: dict[tuple[str, str], float] = {}
    for place in PLACES:
        known = place.region in settings.regions.get(place.app, ())
        key = place.app, place.region if known else "other"
        found[key] = found.get(key, 0.0) + rate * REWARDS * usd * place.weight * _DAY_SECONDS * SLACK
    return found


def _ad_spend(rate: float) -> float:
    """What all campaigns spend per day, USD: a lognormal mean of prices over places."""
    cpm = sum(place.weight * place.cpm_usd for place in PLACES) * math.exp(CPM_SIGMA**2 / 2)
    return rate * IMPRESSIONS * BILLABLE * (1 - INVALID_TRAFFIC) * cpm / 1000 * _DAY_SECONDS
