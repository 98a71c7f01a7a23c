"""What explains gifts."""

from __future__ import annotations

from creator_pulse.stream.catalog import values_spread
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.shorthand import share, total

GI5 = Metric(
    id="GI5",
    title="Gift intensity",
    question="How often do viewers give, and how much of it in matches?",
    tier="supporting",
    tool="gift",
    stakeholders=("creators",),
    unit="gifts per viewing hour",
    formula="gifts / viewing hours; coins of gifts in a match / gift coins",
    source="catalogue GI5; trap T3 (match points are no coins)",
    values=(
        share(
            "gifts_per_viewing_hour",
            ("gifts", "watch_ms"),
            "1h",
            "gifts per viewing hour",
            unit="short",
            factor=3600,
        ),
        total("gift_match_coins", "gift_match_coins", "1h", "coins of gifts sent in a match"),
        share("gift_match_ratio", ("gift_match_coins", "gift_coins"), "1h", "share of coins sent in matches"),
        *values_spread.STREAKS,
    ),
)

METRICS = (GI5,)
