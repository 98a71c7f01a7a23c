"""Values over how large records are: medians and tails, which a mean hides.

A quantile has its name (``_p95``) and no label ``quantile``: one alert watches one series, and no sum or
mean over a label can mix p50 with p99. It is of all regions of an app together: quantiles do not add up.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Quantile, QuantileOf
from creator_pulse.stream.catalog.declare import Ratio, Sum, Value

APP = ("app",)
PERMILLE = {"p5": 50, "p50": 500, "p90": 900, "p95": 950, "p99": 990}
"""Name of a quantile -> its place."""
LEAST_WATCH_MS = 600_000
"""Viewing time below which a viewer's ad load says nothing."""


def sizes(
    name: str, measure: str, windows: tuple[str, ...], unit: str, text: str, which: str, scale: int = 1
) -> tuple[Value, ...]:
    """Quantiles over records.

    Args:
        name: family name without ``pulse_``, with ``{}`` for the quantile's name.
        measure: counts by size.
        windows: labels.
        unit: Grafana's.
        text: what a record's size is.
        which: names of quantiles, with spaces between them.
        scale: shown value = size / scale.
    """
    return tuple(
        Value(
            name.format(one),
            Quantile(measure, PERMILLE[one], scale),
            unit,
            windows,
            f"{one} of {text}, within 2 %",
            APP,
        )
        for one in which.split()
    )


def figures(
    name: str,
    each: Each,
    windows: tuple[str, ...],
    unit: str,
    text: str,
    which: str,
    labels: tuple[str, ...] = APP,
) -> tuple[Value, ...]:
    """Quantiles over identities, exact.

    Args:
        name: family name without ``pulse_``, with ``{}`` for the quantile's name.
        each: figure of an identity.
        windows: labels.
        unit: Grafana's.
        text: what the figure is.
        which: names of quantiles, with spaces between them.
        labels: names.
    """
    return tuple(
        Value(name.format(one), QuantileOf(each, PERMILLE[one]), unit, windows, f"{one} of {text}", labels)
        for one in which.split()
    )


STREAKS = sizes(
    "gift_streak_length_{}", "gift_streak_sizes", ("1h",), "short", "the length of streaks", "p50 p95"
)
"""Of GI5."""
PRICES = sizes(
    "ad_price_{}_usd",
    "ad_price_sizes",
    ("15m",),
    "currencyUSD",
    "the price per thousand of valid impressions",
    "p50 p95",
    10**6,
)
"""Of AD3."""
ORDERS = sizes(
    "order_value_{}_usd",
    "order_value_sizes",
    ("1h",),
    "currencyUSD",
    "the value of an order",
    "p50 p95",
    10**6,
)
"""Of EC3."""
RATES = sizes(
    "reward_rpm_{}_usd",
    "reward_rpm_sizes",
    ("24h",),
    "currencyUSD",
    "the rate per thousand qualified views of accruals",
    "p50 p95",
    10**6,
)
"""Of CF2."""
WAITS = tuple(
    value
    for name, text in (
        ("answer", "how long an invitation to a deal waited that was agreed"),
        ("review", "how long the draft of a deal waited that was approved"),
        ("payment", "how long a deal waited for its payment since its video was public"),
    )
    for value in sizes(
        f"deal_{name}_{{}}_seconds", f"deal_{name}_sizes", ("24h", "7d"), "s", text, "p50 p90", 1000
    )
)
"""Of BD2."""
DELAYS = sizes(
    "payout_delay_{}_seconds",
    "payout_delay_sizes",
    ("1h",),
    "s",
    "how long after it was due a payout arrived",
    "p50 p95",
    1000,
)
"""Of CR5."""
HEAVY_USERS = figures(
    "viewer_ad_load_{}_per_hour",
    Each(
        ("viewer_id",),
        Ratio(Sum({"viewer_ads": 1}), Sum({"viewer_watch_ms": 1}), 3_600),
        {"viewer_watch_ms": LEAST_WATCH_MS},
    ),
    ("15m",),
    "short",
    "ads per viewing hour over viewers with at least ten minutes of it",
    "p50 p95",
    ("app", "surface"),
)
"""Of VX1: a mean hides the overload of those who watch most."""
