"""What is summed over the payout topic: by the tool that earned the money.

The amount is micros of ``currency``; ``fx_rate`` is micro-USD per unit of it, at the time of the event.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declare import Measure
from creator_pulse.stream.catalog.expressions import EVERY, ONE, big

_AMOUNT = big("amount_micros") * pl.col("fx_rate")
_SCALE = 10**12
_OUTCOMES = {
    "scheduled": "owed at their due time",
    "initiated": "handed to the provider",
    "paid": "arrived",
    "failed": "refused",
}
TOOLS = ("gift", "ad", "reward", "deal", "commerce")


def paid_of(tool: str) -> str:
    """The id of the measure of what was paid for a tool."""
    return f"paid_{tool}_usd"


def payouts_of(tool: str) -> str:
    """The id of the measure of the number of payouts for a tool."""
    return f"payouts_paid_{tool}"


_payout = partial(Measure, topic="payout", labels=("app", "region", "tool"))

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
            paid_of(tool),
            topic="payout",
            event="payout_paid",
            value=_AMOUNT,
            where=pl.col("tool").eq(tool),
            scale=_SCALE,
            help=f"payouts for {tool} that arrived",
        )
        for tool in TOOLS
    ),
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
)
