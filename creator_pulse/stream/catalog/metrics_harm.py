"""Fraud and harm that single records prove."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_harm as guard
from creator_pulse.stream.catalog.declare import Metric, Value
from creator_pulse.stream.catalog.shorthand import share, total


def _found(name: str, measure: str, windows: str, text: str) -> Value:
    return total(name, {measure: 1, f"{measure}_late": 1}, windows, text)


_BY_MINORS = {
    name: 1 for counted in ("gifts_by_minors", "topups_by_minors") for name in (counted, f"{counted}_late")
}
_WHEN = "Counted when found, late records too; blind while its fields are missing (PL14)."

FR2 = Metric(
    id="FR2",
    title="Gifts by minors",
    question="Did anybody who is proven to be too young send a gift or buy coins?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="gifts and top-ups",
    formula="final gifts and completed top-ups of viewers with a verified age under 18 (South Korea: 19)",
    source="catalogue FR2: zero tolerance",
    note=_WHEN,
    values=(total("minor_gift_count", _BY_MINORS, "5m 1h", "gifts and top-ups of proven minors"),),
    guardrails=guard.MINORS,
)

FR4 = Metric(
    id="FR4",
    title="Gifts above a cap",
    question="Are spending caps enforced?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="gifts",
    formula="final gifts of more coins than the cap per gift that the record carries",
    source="catalogue FR4",
    note=_WHEN,
    values=(_found("cap_breach_count", "gifts_over_cap", "5m 15m", "gifts above their cap"),),
    guardrails=guard.CAPS,
)

FR14 = Metric(
    id="FR14",
    title="Gifts to minors",
    question="Did a host under 18 receive a gift?",
    tier="guardrail",
    tool="gift",
    stakeholders=("creators", "platform"),
    unit="gifts",
    formula="final gifts whose receiver is under 18",
    source="catalogue FR14: zero tolerance",
    note=_WHEN,
    values=(_found("minor_host_gift_count", "gifts_to_minors", "5m 1h", "gifts to hosts under 18"),),
    guardrails=guard.MINOR_HOSTS,
)

FR12 = Metric(
    id="FR12",
    title="Invalid traffic",
    question="Which part of impressions was not seen by people?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    unit="ratio",
    formula="impressions of general or sophisticated invalid traffic / impressions",
    source="catalogue FR12: base 1.5 %",
    values=(
        total("ad_invalid_impressions", "ad_shown_invalid", "15m", "impressions of invalid traffic"),
        share("ad_invalid_ratio", ("ad_shown_invalid", "ad_shown_all"), "15m", "share of invalid traffic"),
    ),
    guardrails=guard.INVALID_TRAFFIC,
)

FR15 = Metric(
    id="FR15",
    title="Case precision",
    question="Are the cases that a rule opens worth looking at?",
    tier="guardrail",
    tool="all",
    stakeholders=("platform", "on-call"),
    unit="ratio",
    formula="cases closed as confirmed / cases closed, of the last 7 days, by rule",
    source="catalogue FR15; verdicts are entries of the reference topic",
    recorded={
        "rule:pulse_closed_cases:sum7d": "sum by (rule) (max by (rule, verdict) (pulse_verdicts))",
        "rule:pulse_case_precision:ratio7d": (
            '(\n  sum by (rule) (max by (rule, verdict) (pulse_verdicts{verdict="confirmed"}))\n'
            "  or rule:pulse_closed_cases:sum7d * 0\n)\n/ (rule:pulse_closed_cases:sum7d >= 30)"
        ),
    },
    guardrails=guard.PRECISION,
)

METRICS = (FR2, FR4, FR14, FR12, FR15)
