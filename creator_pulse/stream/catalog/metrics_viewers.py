"""What ads do to viewers."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_viewers as guard
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.shorthand import share, total

VX2 = Metric(
    id="VX2",
    title="Ad time share",
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
    guardrails=guard.AD_TIME,
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
    guardrails=guard.BACK_TO_BACK,
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
    guardrails=guard.FAST_SKIPS,
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
        share("ad_hide_ratio", ("ad_hides", "ad_shown_human"), "30m", "hides / impressions"),
        share("ad_report_ratio", ("ad_reports", "ad_shown_human"), "30m", "reports / impressions"),
    ),
    guardrails=guard.COMPLAINTS,
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
    guardrails=guard.CHURN,
)

METRICS = (VX2, VX3, VX4, VX5, VX7)
