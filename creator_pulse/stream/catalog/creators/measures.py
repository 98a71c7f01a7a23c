"""Measures of the payout topic, and of the earnings of creators with each tool.

The amount of a payout is micros of ``currency``; ``fx_rate`` is micro-USD per unit of it, at the time of the
event. Earnings are the measures of the tools once more: by creator, and dated. The rest
is the net revenue of the platform.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from creator_pulse.stream.catalog.ad import measures as ad
from creator_pulse.stream.catalog.commerce import measures as commerce
from creator_pulse.stream.catalog.deal import measures as deal
from creator_pulse.stream.catalog.declaration.declare import SIZED, Measure, Sum
from creator_pulse.stream.catalog.declaration.derived import at_original_time, by_creator, of_creator
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE, big
from creator_pulse.stream.catalog.declaration.labels import TOOLS
from creator_pulse.stream.catalog.fund import measures as fund
from creator_pulse.stream.catalog.gift import measures as gift

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_TOOL = {
    "gift": {"creator_gift_usd": 1, "gift_reversed_usd": -1},
    "ad": {"creator_ad_usd": 1, "ad_reversed_usd": -1},
    "commerce": {"commission_usd": 1, "commission_refunded_usd": -1, "commission_cancelled_usd": -1},
    "reward": {"reward_usd": 1, "reward_reversed_usd": -1},
    "deal": {"deal_approved_usd": 1},
}
"""Tool -> measures of net creator earnings with their signs."""
EARNED = {name: sign for terms in BY_TOOL.values() for name, sign in terms.items()}
"""Measures of net creator earnings with their signs, all tools together."""
KEPT_BY_TOOL = {
    "gift": {"gift_platform_usd": 1, "topup_charged_back_usd": -1, "gift_charged_back_usd": 1},
    "ad": {"ad_platform_usd": 1, "ad_platform_reversed_usd": -1},
    "commerce": {"commerce_platform_usd": 1, "fee_refunded_usd": -1, "fee_cancelled_usd": -1},
    # Rewards are paid by the platform, so they are subtracted, and their reversals added.
    "reward": {"reward_usd": -1, "reward_reversed_usd": 1},
}
"""Tool -> measures of the platform's net revenue, with their signs; it has none from deals."""
KEPT = {name: sign for terms in KEPT_BY_TOOL.values() for name, sign in terms.items()}
"""Measures of the platform's net revenue with their signs, all tools together."""
TAKEN_BACK = (
    "gift_reversed_usd",
    "ad_reversed_usd",
    "commission_refunded_usd",
    "commission_cancelled_usd",
    "reward_reversed_usd",
    "refunded_usd",
    "cancelled_usd",
)
"""Measures of reversals, which are summed at the time of the original record, too."""
_OF_TOOLS = {
    measure.id: measure for module in (gift, ad, commerce, fund, deal) for measure in module.MEASURES
}
_AMOUNT = big("amount_micros") * pl.col("fx_rate")
# Micros of the currency (10^6), micro-USD per unit (10^6).
_SCALE = 10**12

_OUTCOMES = {
    "scheduled": "owed at their due time",
    "initiated": "handed to the provider",
    "paid": "arrived",
    "failed": "refused",
}


def paid_of(tool: str) -> str:
    """The id of the measure of payouts for a tool, for example ``paid_gift_usd``."""
    return f"paid_{tool}_usd"


def payouts_of(tool: str) -> str:
    """The id of the measure of the number of payouts for a tool."""
    return f"payouts_paid_{tool}"


_payout = partial(Measure, topic="payout", labels=("app", "region", "tool"))


def net_by_creator(terms: Mapping[str, int]) -> Sum:
    """Net earnings of a creator.

    Args:
        terms: measures with their signs, of which there is one by creator: ``EARNED`` or one tool's.
    """
    return Sum({of_creator(name): sign for name, sign in terms.items()})


_PAID = {
    tool: Measure(
        paid_of(tool),
        topic="payout",
        event="payout_paid",
        value=_AMOUNT,
        where=pl.col("tool").eq(tool),
        scale=_SCALE,
        help=f"payouts for {tool} that arrived",
    )
    for tool in TOOLS
}


def _late(measure: Measure, tool: str, what: str) -> Measure:
    """What late records say of the money owed to creators: other counters are without them, a debt is not."""
    return replace(
        measure,
        id=f"{measure.id}_late",
        rows="late",
        fixed={"tool": tool},
        counter=f"late_{what}_usd_total",
        help=f"money of creators that late records say was {what}",
    )


MEASURES = (
    *(
        _payout(
            f"payout_{outcome}_usd",
            event=f"payout_{outcome}",
            value=_AMOUNT,
            scale=_SCALE,
            fixed={"outcome": outcome},
            counter="payout_usd_total",
            help=f"payouts {text}",
        )
        for outcome, text in _OUTCOMES.items()
    ),
    *(
        _payout(
            f"payouts_{outcome}",
            event=f"payout_{outcome}",
            value=ONE,
            where=EVERY,
            help=f"number of payouts {text}",
        )
        for outcome, text in _OUTCOMES.items()
    ),
    *(
        Measure(
            name,
            topic="payout",
            event=f"payout_{outcome}",
            value=ONE,
            where=EVERY,
            help=f"number of payouts of all tools {_OUTCOMES[outcome]}",
        )
        for name, outcome in (("paid_payouts", "paid"), ("refused_payouts", "failed"))
    ),
    *_PAID.values(),
    *(
        Measure(
            payouts_of(tool),
            topic="payout",
            event="payout_paid",
            value=ONE,
            where=pl.col("tool").eq(tool),
            help=f"number of payouts for {tool} that arrived",
        )
        for tool in TOOLS
    ),
    Measure(
        "payout_late_usd",
        topic="payout",
        event="payout_paid",
        value=_AMOUNT,
        scale=_SCALE,
        rows="late",
        fixed={"tool": "payout"},
        counter="late_usd_total",
        help="payouts arrived, of late records",
    ),
    Measure(
        "payout_delay_sizes",
        topic="payout",
        event="payout_paid",
        value=ONE,
        where=EVERY,
        labels=SIZED,
        bucket=pl.coalesce("paid_time", "event_time") - pl.col("due_time"),
        help="payouts by how long after they were due they arrived; early ones count as 0",
    ),
    *(
        _late(_OF_TOOLS[name], tool, "earned" if sign > 0 else "reversed")
        for tool, terms in BY_TOOL.items()
        for name, sign in terms.items()
    ),
    *(_late(measure, tool, "paid") for tool, measure in _PAID.items()),
    # Only within lanes: creators are too many for series.
    *(by_creator(_OF_TOOLS[name]) for name in EARNED),
    # Beside the flow, which dates a reversal when it comes: a ratio to sales needs the cohort.
    *(at_original_time(_OF_TOOLS[name]) for name in TAKEN_BACK),
)
