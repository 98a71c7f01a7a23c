"""Who watches the watchers: rules, history, notifications and configuration of the alerting itself (OP6).

Each line reads what Prometheus and Alertmanager say of themselves, whatever their scrape jobs are called.
"""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric

HISTORY_DAYS = 22
"""What rules look back over."""
_OURS = '{rule_group=~".+;pulse-.+"}'
_page = partial(Guardrail, severity="page", window="")
_ticket = partial(Guardrail, severity="ticket", window="")

WATCHERS = (
    _page(
        alert="RulesFail",
        series="global:pulse_rule_failures:increase5m",
        condition=Limit(">", 0),
        minutes=10,
        by=(),
        summary="Rules cannot be evaluated: alerts may be blind.",
        description='{{ printf "%.0f" $value }} evaluations of rules failed in 5 minutes.',
    ),
    _ticket(
        alert="RulesLate",
        series="global:pulse_rule_iterations_missed:increase15m",
        condition=Limit(">", 10),
        minutes=5,
        by=(),
        summary="Prometheus does not keep up with its rules: alerts come late.",
        description='{{ printf "%.0f" $value }} evaluations of groups of rules were left out in 15 minutes.',
    ),
    _ticket(
        alert="HistoryTooShort",
        series="global:pulse_history_kept_seconds:min",
        condition=Limit("<", HISTORY_DAYS * 86_400),
        minutes=60,
        by=(),
        summary="Prometheus drops history that rules look back over.",
        description=(
            'Prometheus keeps {{ printf "%.0f" $value }} seconds of history; rules look back over '
            f"{HISTORY_DAYS} days ({HISTORY_DAYS * 86_400} seconds)."
        ),
    ),
    _page(
        alert="NotificationsFail",
        series="integration:pulse_notifications_failed:increase5m",
        condition=Limit(">", 0),
        minutes=10,
        by=("integration",),
        summary="Alerts do not reach somebody.",
        description=(
            '{{ $labels.integration }}: {{ printf "%.0f" $value }} notifications failed or were dropped in '
            "5 minutes."
        ),
    ),
    _ticket(
        alert="ConfigStale",
        series="part:pulse_config_loaded:min",
        condition=Limit("<", 1),
        minutes=5,
        by=("part",),
        summary="A changed configuration was refused: the one before still holds.",
        description="{{ $labels.part }}: the last reload failed.",
    ),
    _ticket(
        alert="AlertingUnwatched",
        series="part:pulse_alerting_watched:sum",
        condition=Limit("<", 1),
        minutes=15,
        by=("part",),
        summary="Nobody scrapes Prometheus or Alertmanager, or one does not answer.",
        description='{{ $labels.part }}: {{ printf "%.0f" $value }} of it answer a scrape.',
    ),
)


def _of_part(part: str, expr: str) -> str:
    return f'label_replace({expr}, "part", "{part}", "", "")'


def _of_parts(template: str) -> str:
    """One line for each of the two parts of the alerting."""
    return "\nor ".join(_of_part(part, template.format(part)) for part in ("prometheus", "alertmanager"))


_DROPPED = "sum(increase(prometheus_notifications_dropped_total[5m]))"
_FAILED = "sum by (integration) (increase(alertmanager_notifications_failed_total[5m]))"
_CUT = " + ".join(f"sum(increase(prometheus_tsdb_{by}_retentions_total[1d]))" for by in ("time", "size"))

OP6 = Metric(
    id="OP6",
    title="The alerting itself",
    question="Are rules evaluated, alerts delivered, and is enough history kept?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=("on-call",),
    unit="evaluations, notifications, seconds",
    formula=(
        "failed and missed evaluations of our rules; notifications that failed or were dropped; history that "
        "is kept; whether the last reload of a configuration worked; parts that answer a scrape"
    ),
    source="docs/operate.md, An existing Prometheus: what fails there fails silently",
    note=(
        "Of whatever Prometheus and Alertmanager are scraped, under any name of a job. History is the "
        "retention that Prometheus states (2.48 and later), else how far back it goes once it has dropped "
        "something."
    ),
    recorded={
        "global:pulse_rule_failures:increase5m": (
            f"sum(increase(prometheus_rule_evaluation_failures_total{_OURS}[5m]))"
        ),
        "global:pulse_rule_iterations_missed:increase15m": (
            f"sum(increase(prometheus_rule_group_iterations_missed_total{_OURS}[15m]))"
        ),
        "global:pulse_history_kept_seconds:min": (
            "min(prometheus_tsdb_retention_limit_seconds > 0)\n"
            f"or time() - max(prometheus_tsdb_lowest_timestamp_seconds) and {_CUT} > 0"
        ),
        "integration:pulse_notifications_failed:increase5m": (
            f'{_FAILED}\nor label_replace({_DROPPED}, "integration", "prometheus", "", "")'
        ),
        "part:pulse_config_loaded:min": _of_parts("min({}_config_last_reload_successful)"),
        "part:pulse_alerting_watched:sum": _of_parts("sum(count({}_build_info) or vector(0))"),
    },
    guardrails=WATCHERS,
)

METRICS = (OP6,)
