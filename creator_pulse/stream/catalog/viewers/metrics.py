"""What ads do to viewers, and whether viewers stay: VX1 to VX9."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Flagged, Number, Per
from creator_pulse.stream.aggregates.rules import Above
from creator_pulse.stream.catalog.declaration.declare import Metric, Ratio, Sum
from creator_pulse.stream.catalog.declaration.quantiles import figures
from creator_pulse.stream.catalog.declaration.shorthand import flagged, over, share, total
from creator_pulse.stream.catalog.viewers import alerts

LEAST_LIVE_MS = 10_000
"""Viewing time in live rooms from which somebody counts as their viewer (GI3)."""

# No `least`: a figure above 0 is any viewing time at all.
VIEWERS = Each(("viewer_id",), Sum({"viewer_watch_ms": 1}))
"""Viewers with any viewing time."""

LEAST_WATCH_MS = 600_000
"""Viewing time below which a viewer's ad load says nothing."""

HEAVY_USERS = figures(
    "viewer_ad_load_{}_per_hour",
    Each(
        ("viewer_id",),
        # Viewing time is shown in seconds: x 3,600 is per hour.
        Ratio(Sum({"viewer_ads": 1}), Sum({"viewer_watch_ms": 1}), 3_600),
        {"viewer_watch_ms": LEAST_WATCH_MS},
    ),
    ("15m",),
    "short",
    "ads per viewing hour over viewers with at least ten minutes of it",
    "p50 p95",
    ("app", "surface"),
    title="Of single viewers",
)
"""Of VX1: a mean hides the overload of those who watch most."""

VX1 = Metric(
    id="VX1",
    title="Ad load",
    question="How many ads does an hour of viewing hold?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ads per viewing hour",
    formula="valid impressions / viewing hours, by surface",
    source="catalogue VX1 (the mean); hard cap 45 per hour",
    values=(
        share(
            "ad_load_per_hour",
            ("ad_shown", "watch_ms"),
            "15m",
            "ads per viewing hour",
            unit="short",
            factor=3600,
            labels=("app", "region", "surface"),
        ),
        total(
            "ad_surface_impressions",
            "ad_shown",
            "15m",
            "valid impressions by surface",
            labels=("app", "region", "surface"),
        ),
        total(
            "viewing_seconds",
            "watch_ms",
            "5m 15m 1h 24h",
            "viewing time",
            unit="s",
            labels=("app", "region", "surface"),
        ),
        *HEAVY_USERS,
    ),
    guardrails=(*alerts.AD_LOAD, *alerts.HEAVY_USERS),
)

VX2 = Metric(
    id="VX2",
    title="Share of time in ads",
    question="Which part of viewing time is ads?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ratio",
    formula="ad time / viewing time",
    source="catalogue VX2: long ads escape a count of ads",
    values=(
        total("ad_viewing_seconds", "watch_ad_ms", "15m", "viewing time that was ads", unit="s"),
        share("ad_time_ratio", ("watch_ad_ms", "watch_ms"), "15m", "ad time / viewing time"),
    ),
    guardrails=alerts.AD_TIME,
)

VX3 = Metric(
    id="VX3",
    title="Back-to-back ads",
    question="Do ads follow each other too closely?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ratio",
    formula="impressions with fewer than 2 organic videos since the last ad / impressions that say how many",
    source="catalogue VX3: base 0.3 %",
    values=(
        total("ad_back_to_back_count", "ad_back_to_back", "15m", "impressions too soon after another"),
        total("ad_spaced_count", "ad_spaced", "15m", "impressions that say how many videos came before"),
        share("ad_back_to_back_ratio", ("ad_back_to_back", "ad_spaced"), "15m", "share of ads too soon"),
    ),
    guardrails=alerts.BACK_TO_BACK,
)

VX4 = Metric(
    id="VX4",
    title="Fast skips",
    question="Do viewers swipe ads away at once?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ratio",
    formula="ads swiped away before 2 s / impressions, without invalid traffic",
    source="catalogue VX4: base 50 to 70 %",
    values=(
        total("ad_fast_skip_count", "ad_fast_skips", "15m", "ads swiped away within two seconds"),
        share("ad_fast_skip_ratio", ("ad_fast_skips", "ad_shown_human"), "15m", "fast skips / impressions"),
    ),
    guardrails=alerts.FAST_SKIPS,
)

VX5 = Metric(
    id="VX5",
    title="Hides and reports",
    question="Do viewers hide or report ads?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ratio",
    formula="hides / impressions; reports / impressions, without invalid traffic",
    source="catalogue VX5: base 0.3 % and 0.05 %",
    values=(
        total("ad_hide_count", "ad_hides", "30m", "ads hidden"),
        total("ad_report_count", "ad_reports", "30m", "ads reported"),
        share("ad_hide_ratio", ("ad_hides", "ad_shown_human"), "30m", "hides / impressions", title="Hides"),
        share(
            "ad_report_ratio",
            ("ad_reports", "ad_shown_human"),
            "30m",
            "reports / impressions",
            title="Reports",
        ),
    ),
    guardrails=alerts.COMPLAINTS,
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
        over(
            "watch_per_viewer_seconds",
            Per(VIEWERS, of=Sum({"viewer_watch_ms": 1})),
            "1h",
            "viewing time of an active viewer",
            unit="s",
        ),
    ),
    guardrails=alerts.WATCH_TIME,
)

VX7 = Metric(
    id="VX7",
    title="Sessions that end after an ad",
    question="Do ads drive viewers out of the app?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ratio",
    formula="sessions that end within 10 s after an ad / impressions, without invalid traffic",
    source="catalogue VX7",
    note=(
        "Only ends that a heartbeat tells: a session that fell silent says nothing of its last ad. So it is "
        "lower than the truth by the share of silent ends, and compared with its own past only."
    ),
    values=(
        total("ad_session_end_count", "ended_after_ad", "1h", "sessions that ended within 10 s after an ad"),
        share(
            "ad_session_end_ratio",
            ("ended_after_ad", "ad_shown_human"),
            "1h",
            "sessions that ended after an ad / impressions",
        ),
    ),
    guardrails=alerts.CHURN,
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
    values=(over("viewers_active", Number(VIEWERS), "15m 1h", "viewers with viewing time"),),
    guardrails=alerts.VIEWERS,
)

VX9 = Metric(
    id="VX9",
    title="Ad frequency",
    question="Does a viewer see the same ad again and again?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers", "advertisers"),
    unit="ratio",
    formula="pairs of viewer and campaign with over 8 valid impressions in 24 h / pairs with any",
    source="catalogue VX9",
    values=(
        flagged(
            "ad_frequency_over_ratio",
            Flagged(("viewer_id", "campaign_id"), (Above(Sum({"pair_ads": 1}), 8),), share=True, cases=False),
            "24h",
            "pairs of viewer and campaign with over 8 impressions / pairs",
        ),
    ),
    guardrails=alerts.FREQUENCY,
)

LIVE_VIEWERS = Each(("viewer_id",), Sum({"viewer_live_ms": 1}), {"viewer_live_ms": LEAST_LIVE_MS})

METRICS = (
    VX1,
    VX2,
    VX3,
    VX4,
    VX5,
    VX6,
    VX7,
    VX8,
    VX9,
)
