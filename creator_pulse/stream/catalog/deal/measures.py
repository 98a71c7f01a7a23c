"""Measures of the deal topic: sums over its records.

The value of a deal is micros of ``currency``; ``fx_rate`` is micro-USD per unit of it, at the time of
the event: a deal agreed at one rate and approved at another is valued at each in its turn.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.aggregates import BUCKET
from creator_pulse.stream.catalog.declaration.declare import COHORT_MS, Measure
from creator_pulse.stream.catalog.declaration.derived import dated
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE, big

_VALUE = big("value_micros") * pl.col("fx_rate")
# Micros of the currency (10^6), micro-USD per unit (10^6).
_SCALE = 10**12

_STATES = {
    "invited": "deals that a creator was asked for",
    "agreed": "deals agreed",
    "submitted": "drafts handed in",
    "changes_requested": "drafts that went back to the creator",
    "approved": "deals earned",
    "posted": "deals whose video is public",
    "paid": "deals paid",
    "declined": "deals that the creator did not want",
    "expired": "deals that nobody answered",
    "cancelled": "deals called off",
}

# ``in_state_ms`` is made by the rule of the topic's steps; -1 where the step before is not known.
_WAITS = {
    "answer": ("deal_agreed", "deals agreed, by how long the invitation waited"),
    "review": ("deal_approved", "deals approved, by how long the last draft waited"),
    "refusal": ("deal_declined", "deals declined, by how long the invitation waited"),
    "payment": ("deal_paid", "deals paid, by how long they waited since the video was public"),
}


def _deal(name: str, state: str, value: pl.Expr, text: str, counter: str | None = None) -> Measure:
    return Measure(
        name,
        topic="deal",
        event=f"deal_{state}",
        value=value,
        scale=_SCALE,
        counter=counter,
        help=text,
    )


_reported = partial(Measure, topic="deal", event="deal_paid", where=pl.col("views").is_not_null())
_posted = partial(Measure, topic="deal", event="deal_posted", value=ONE)

MEASURES = (
    *(
        Measure(
            f"deals_{state}",
            topic="deal",
            event=f"deal_{state}",
            value=ONE,
            where=EVERY,
            help=text,
        )
        for state, text in _STATES.items()
    ),
    _deal("deal_usd", "agreed", _VALUE, "value of deals agreed", "deal_usd_total"),
    _deal("deal_approved_usd", "approved", _VALUE, "value of deals earned", "deal_earned_usd_total"),
    _deal("deal_paid_usd", "paid", _VALUE, "value of deals paid"),
    _deal("deal_cancelled_usd", "cancelled", _VALUE, "value of deals called off"),
    _deal(
        "deal_payable_usd",
        "cancelled",
        big("payable_micros") * pl.col("fx_rate"),
        "what is still owed of deals called off",
    ),
    Measure(
        "deal_late_usd",
        topic="deal",
        event="deal_agreed",
        value=_VALUE,
        scale=_SCALE,
        rows="late",
        fixed={"tool": "deal"},
        counter="late_usd_total",
        help="value of deals agreed, of late records",
    ),
    _posted(
        "deals_labelled",
        where=pl.col("disclosure_label").fill_null(value=False),
        help="deals whose video says that it is paid for",
    ),
    *(
        Measure(
            f"deal_{name}_sizes",
            topic="deal",
            event=event,
            value=ONE,
            where=pl.col("in_state_ms").ge(0),
            labels=("app", BUCKET),
            bucket=pl.col("in_state_ms"),
            help=text,
        )
        for name, (event, text) in _WAITS.items()
    ),
    _reported("deals_reported", value=ONE, help="deals paid that say how often their video was seen"),
    _reported("deal_views", value=pl.col("views"), help="views of the videos of deals, when they were paid"),
    _reported(
        "deal_reported_usd",
        value=_VALUE,
        scale=_SCALE,
        help="value of the deals paid that say how often their video was seen",
    ),
    Measure(
        "pair_deals",
        topic="deal",
        event="deal_agreed",
        value=ONE,
        where=EVERY,
        labels=("app", "advertiser_id", "creator_id"),
        help="deals agreed of a brand with a creator",
    ),
    Measure(
        dated("deals_agreed"),
        topic="deal",
        event="deal_agreed",
        value=ONE,
        where=pl.col("in_state_ms").is_between(0, COHORT_MS),
        time="original",
        help="deals agreed within 14 days of their invitation, at the time of the invitation",
    ),
    Measure(
        "deals_deemed",
        topic="deal",
        event="deal_approved",
        value=ONE,
        where=pl.col("approved_by").fill_null("").eq("deemed"),
        help="deals approved because nobody reviewed them in time",
    ),
)
