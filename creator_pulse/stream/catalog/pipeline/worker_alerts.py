"""Alerts on what keeps the pipeline running: PL10 and PL13, workers, Redis, retention."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.conditions import Against, Limit, Unusual
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import alert_on, page
from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Severity

_page = partial(Guardrail, severity="page", window="", by=("topic",))
_ticket = partial(Guardrail, severity="ticket", window="", by=("topic",))
REGION_GONE_SCORE = 30
"""Score from which a quiet region wakes somebody: of no dip, but of a large region that is all but gone."""
LEAST_DEAD_LETTERS = 100
"""In 10 minutes: fewer are no pile, however few are usual."""


def _region_quiet(severity: Severity, bar: float, paged_at: float | None = None) -> Guardrail:
    signals, by = "gifts|orders|impressions|viewing", ("app", "region")
    return alert_on(
        "RegionQuiet",
        Unusual(signals, "fall", bar, by, regions=True, whole=PAGE_SCORE, paged_at=paged_at),
        severity,
        "A region does far less than it usually does at this hour.",
        "gifts, orders, impressions or viewing time",
        tool="all",
        yields_to=("AppDown", "ActiveViewersDrop", "GiftValueDrop", "AdRevenueDrop", "CheckoutOutage"),
    )


RECORD_RATE = (
    alert_on(
        "RecordRateDrop",
        page("records", "fall", ("topic",)),
        "page",
        "A topic brings far fewer records than it usually does at this hour.",
        "records",
        # An app's own alert says more, and comes first (``FALL_OF_TOPIC``).
        minutes=2,
        yields_to=("DataStale", "ConsumerLagHigh", "TopicSilent"),
    ),
    alert_on(
        "RecordRateSurge",
        Unusual("records", "rise", PAGE_SCORE, ("topic",)),
        "ticket",
        "A topic brings far more records than it usually does at this hour.",
        "records",
    ),
    _region_quiet("page", REGION_GONE_SCORE),
    _region_quiet("ticket", PAGE_SCORE, paged_at=REGION_GONE_SCORE),
)

RECOVERY = (
    Guardrail(
        alert="RebalanceSlow",
        severity="ticket",
        series="job_instance:pulse_rebalance_seconds:max",
        window="",
        condition=Limit(">", 120),
        minutes=0,
        by=("job", "instance"),
        summary="A worker has shown no lane for minutes, as partitions move.",
        description=(
            "Worker {{ $labels.instance }} of job {{ $labels.job }} let its partitions go "
            '{{ printf "%.0f" $value }} seconds ago, and shows none yet.'
        ),
    ),
    _ticket(
        alert="LaneRecoverySlow",
        series="topic:pulse_lane_recovery_seconds:max15m",
        condition=Limit(">", 120),
        minutes=0,
        goes_on=True,
        summary="A lane took minutes to read its state back.",
        description='{{ $labels.topic }}: a lane recovered in {{ printf "%.0f" $value }} seconds.',
    ),
    _ticket(
        alert="DeadLettersGrow",
        series="topic:pulse_dead_letters:increase10m",
        condition=Against(">", 3, least=LEAST_DEAD_LETTERS),
        minutes=10,
        summary="Far more records than usual go to the dead-letter topic.",
        description='{{ $labels.topic }}: {{ printf "%.0f" $value }} dead letters in 10 minutes.',
    ),
)

SERIES_BUDGET = 200_000
"""Series over all workers: what one small Prometheus keeps without a thought."""

WATCHDOG = (
    Guardrail(
        alert="SeriesOverBudget",
        severity="ticket",
        series="global:pulse_exported_series:sum",
        window="",
        condition=Limit(">", SERIES_BUDGET),
        minutes=15,
        by=(),
        summary="The workers expose more series than were planned for.",
        description='{{ printf "%.0f" $value }} series, over the budget of 200,000.',
    ),
    Guardrail(
        alert="Watchdog",
        severity="none",
        series="vector(1)",
        window="",
        condition=Limit(">", 0),
        minutes=0,
        by=(),
        summary="This alert always fires, so that its silence can be noticed.",
        description="Prometheus evaluates rules and Alertmanager delivers; value {{ $value }}.",
    ),
)

WORKERS = (
    Guardrail(
        alert="WorkerDown",
        severity="page",
        series="job_instance:pulse_worker_up:min",
        window="",
        condition=Limit("<", 1),
        minutes=1,
        by=("job", "instance"),
        summary="A worker does not answer, or there is none.",
        description=(
            "Worker {{ $labels.instance }} of job {{ $labels.job }} has not answered for a minute; "
            "where none is named, there is none."
        ),
    ),
    Guardrail(
        alert="RedisDown",
        severity="ticket",
        series="job_instance:pulse_redis_up:min",
        window="",
        condition=Limit("<", 1),
        minutes=2,
        by=("job", "instance"),
        summary="A worker cannot reach Redis.",
        description=(
            "Worker {{ $labels.instance }} of job {{ $labels.job }} has not reached Redis for two minutes."
        ),
    ),
)

LOST = (
    _page(
        alert="RecordsLost",
        series="topic:pulse_lost_records:increase15m",
        condition=Limit(">", 0),
        minutes=0,
        goes_on=True,
        summary="Records were deleted before they could be counted.",
        description=(
            '{{ $labels.topic }}: about {{ printf "%.0f" $value }} records lost to retention in 15 minutes.'
        ),
    ),
    _page(
        alert="SourceReset",
        series="topic:pulse_source_resets:increase15m",
        condition=Limit(">", 0),
        minutes=0,
        goes_on=True,
        summary="A topic was made anew, or Kafka lost its end, below what had been counted.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.0f" $value }} partitions no longer hold what was counted.'
        ),
    ),
)

TABLES = (
    Guardrail(
        alert="TableNearlyFull",
        severity="ticket",
        series="topic_kind:pulse_table_fill_ratio:max",
        window="",
        condition=Limit(">", 0.8),
        minutes=5,
        by=("topic", "kind"),
        summary="A table of a lane has little room left for what is new.",
        description=(
            "{{ $labels.topic }}, {{ $labels.kind }}: the fullest lane uses "
            '{{ printf "%.2f" $value }} of the entries that the settings give it.'
        ),
    ),
)

_WAITS = Guardrail(
    alert="PartitionsWait",
    severity="page",
    series="topic_reason:pulse_partitions_waiting:sum",
    window="",
    condition=Limit(">", 0),
    minutes=30,
    by=("topic", "reason"),
    summary="Partitions of a topic wait for something outside of the workers.",
    description='{{ $labels.topic }}: {{ printf "%.0f" $value }} partitions wait: {{ $labels.reason }}.',
)

UNREAD = (
    _WAITS,
    replace(_WAITS, severity="ticket", minutes=5),
    _page(
        alert="PartitionsUncounted",
        series="topic:pulse_uncounted_partitions:max",
        condition=Limit(">", 0),
        minutes=2,
        summary="A topic has other partitions than the settings: nobody counts those.",
        description='{{ $labels.topic }}: {{ printf "%.0f" $value }} partitions are counted by nobody.',
    ),
    Guardrail(
        alert="GroupHasStrangers",
        severity="page",
        series="job:pulse_group_strangers:max",
        window="",
        condition=Limit(">", 0),
        minutes=1,
        by=("job",),
        summary="The workers' consumer group has members that are no workers.",
        description='{{ printf "%.0f" $value }} members of the consumer group are no workers.',
    ),
)
