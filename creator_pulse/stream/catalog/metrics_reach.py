"""Metrics of how many: viewers, gifters and creators, each counted once, exactly.

No sketch is needed where the sums of every identity meet in one lane anyway: their number is at hand.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Number, Per, Reach
from creator_pulse.stream.catalog import guardrails_spread as guard
from creator_pulse.stream.catalog.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.measures_identities import BY_TOOL, EARNED, of_creator
from creator_pulse.stream.catalog.values_spread import APP

LEAST_LIVE_MS = 10_000
"""Viewing time in live rooms from which somebody counts as their viewer (GI3)."""
LEAST_USD = 1
"""Net earnings of a day from which a creator counts as earning (N3)."""


def _net(terms: dict[str, int]) -> Sum:
    return Sum({of_creator(name): sign for name, sign in terms.items()})


_VIEWERS = Each(("viewer_id",), Sum({"viewer_watch_ms": 1}))
_LIVE = Each(("viewer_id",), Sum({"viewer_live_ms": 1}), {"viewer_live_ms": LEAST_LIVE_MS})
_GIFTERS = Each(("viewer_id",), Sum({"gifter_coins": 1}))
_BUYERS = Each(("viewer_id",), Sum({"live_buyer_orders": 1}))
_WATCHED = Each(("creator_id",), Sum({"creator_watch_ms": 1}))
_EARNING = Each(("creator_id",), _net(EARNED), floor=LEAST_USD)

N3 = Metric(
    id="N3",
    title="Earning creators",
    question="Which part of the creators who are watched earns anything?",
    tier="north star",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula="creators with net earnings of 1 USD or more in 24 h / creators with viewing time in 24 h",
    source="catalogue N3; active = watched, as a creator without viewing time cannot be lost by the product",
    values=(
        Value(
            "creators_earning_ratio",
            Reach(_EARNING, among=_WATCHED),
            "percentunit",
            ("24h",),
            "creators with net earnings of 1 USD or more / creators with viewing time",
            APP,
        ),
        Value("creators_watched", Number(_WATCHED), "short", ("24h",), "creators with viewing time", APP),
    ),
    guardrails=guard.EARNING,
    note="A creator who earns without viewing time that day (a paid deal) counts above the line only.",
)

GI3 = Metric(
    id="GI3",
    title="Gifter conversion",
    question="Which part of the live viewers gives?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula="viewers who gave coins / viewers with 10 s or more of viewing time in live rooms",
    source="catalogue GI3; exact, not a sketch",
    values=(
        Value(
            "gifter_conversion_ratio",
            Reach(_GIFTERS, among=_LIVE),
            "percentunit",
            ("1h",),
            "viewers who gave / live viewers",
            APP,
        ),
        Value(
            "live_viewers", Number(_LIVE), "short", ("1h",), "viewers with 10 s or more in live rooms", APP
        ),
    ),
    guardrails=guard.CONVERSION,
)

VX6 = Metric(
    id="VX6",
    title="Watch time per viewer",
    question="Do viewers stay?",
    tier="guardrail",
    tool="all",
    stakeholders=("viewers",),
    unit="seconds",
    formula="viewing time / viewers with viewing time",
    source="catalogue VX6; exact, not a sketch",
    values=(
        Value(
            "watch_per_viewer_seconds",
            Per(_VIEWERS, of=Sum({"viewer_watch_ms": 1})),
            "s",
            ("1h",),
            "viewing time of an active viewer",
            APP,
        ),
    ),
    guardrails=guard.WATCH_TIME,
)

VX8 = Metric(
    id="VX8",
    title="Active viewers",
    question="Are the viewers there?",
    tier="guardrail",
    tool="all",
    stakeholders=("viewers", "platform"),
    unit="viewers",
    formula="viewers with viewing time; total viewing time is in VX1",
    source="catalogue VX8: half the viewers gone leaves VX6 flat; exact, not a sketch",
    values=(
        Value("viewers_active", Number(_VIEWERS), "short", ("15m", "1h"), "viewers with viewing time", APP),
    ),
    guardrails=guard.VIEWERS,
)

GR2 = Metric(
    id="GR2",
    title="Tool adoption",
    question="How many creators earn from each tool, and from how many tools at once?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="creators",
    formula=(
        "per tool: creators with net earnings above 0 in 24 h, in 7 business days; tools per creator: their "
        "sum / creators earning"
    ),
    source="catalogue GR2; exact, not a sketch",
    values=tuple(
        Value(
            "creators_earning_from_tool",
            Number(Each(("creator_id",), _net(terms))),
            "short",
            ("24h", "7d"),
            "creators with net earnings above 0 by tool",
            APP,
            {"tool": tool},
        )
        for tool, terms in BY_TOOL.items()
    ),
    guardrails=guard.ADOPTION,
    note="A creator of several tools counts in each.",
)

BUYERS = Value(
    "live_buyers_ratio",
    Reach(_BUYERS, among=_LIVE),
    "percentunit",
    ("1h",),
    "viewers who ordered in live rooms / live viewers",
    APP,
)
"""Of EC4."""

METRICS = (N3, GI3, VX6, VX8, GR2)
