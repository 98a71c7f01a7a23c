"""What keeps the pipeline running: input, workers, stores, and the alerting itself."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_workers as guard
from creator_pulse.stream.catalog.declare import Metric

_ON_CALL = ("on-call",)
_ACTIVITY = {
    "gift": "pulse_gifts_total",
    "ad": "pulse_ad_impressions_total",
    "purchase": "pulse_orders_total",
    "watch": "pulse_watch_seconds_total",
}
"""Topic -> the counter that tells, by app and region, whether its records come."""

PL10 = Metric(
    id="PL10",
    title="Record rate",
    question="Do producers send what they usually send?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records/s",
    formula=(
        "records read per second over 5 minutes, without test traffic; by region what is counted of them: "
        "gifts, valid impressions, orders, seconds of viewing"
    ),
    source="catalogue PL10: a topic that went quiet, or is sent again",
    note=(
        "Not of rewards, deals and payouts: they come in batches. A topic that no worker shows any more is "
        "WorkerDown, and a partition that none reads DataStale."
    ),
    recorded={
        "topic:pulse_records:rate5m": (
            'sum by (topic) (rate(pulse_records_total{outcome!="test",topic!~"reward|deal|payout"}[5m]))'
        ),
        "topic_app_region:pulse_activity:rate5m": "\nor ".join(
            f'label_replace(sum by (app, region) (rate({counter}[5m])), "topic", "{topic}", "", "")'
            for topic, counter in _ACTIVITY.items()
        ),
    },
    guardrails=guard.RECORD_RATE,
)

PL11 = Metric(
    id="PL11",
    title="Recovery and dead letters",
    question="How long do lanes take to move, and do dead letters pile up?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="seconds; records in 10 minutes",
    formula=(
        "time since a worker let its partitions go, until it shows lanes again; the longest recovery of a "
        "lane in the last 15 minutes; invalid records of 10 minutes"
    ),
    source="catalogue PL11: restoring state stops metrics",
    note=(
        "A lane's gauge stays at its last recovery, so one that has not changed for 15 minutes says nothing "
        "any more. Every invalid record becomes a dead letter; what is usual of them is compared, as some "
        "always come."
    ),
    recorded={
        "job_instance:pulse_rebalance_seconds:max": "max by (job, instance) (pulse_rebalance_seconds)",
        "topic:pulse_lane_recovery_seconds:max15m": (
            "max by (topic) (pulse_lane_recovery_seconds unless "
            "(pulse_lane_recovery_seconds == pulse_lane_recovery_seconds offset 15m))"
        ),
        "topic:pulse_dead_letters:increase10m": (
            "sum by (topic) (increase(pulse_invalid_records_total[10m]))"
        ),
    },
    guardrails=guard.RECOVERY,
)

PL13 = Metric(
    id="PL13",
    title="Watchdog and series budget",
    question="Would an alert reach on-call now, and does the number of series stay bounded?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="always firing",
    formula="vector(1); series that the workers expose, summed over them",
    source="catalogue PL13: silence of the watchdog is the alarm",
    recorded={
        "global:pulse_exported_series:sum": 'sum(scrape_samples_post_metric_relabeling{job="pulse"})',
    },
    guardrails=guard.WATCHDOG,
)

OP1 = Metric(
    id="OP1",
    title="Workers and live store",
    question="Are the workers and Redis there?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="1 = up",
    formula="up of each scraped worker, 0 when there is none; Redis as each worker sees it",
    source="design: counting goes on without Redis, and an alert says so",
    recorded={
        "job_instance:pulse_worker_up:min": (
            'min by (job, instance) (up{job="pulse"}) or (absent(up{job="pulse"}) - 1)'
        ),
        "job_instance:pulse_redis_up:min": "min by (job, instance) (pulse_redis_up)",
    },
    guardrails=guard.WORKERS,
)

OP2 = Metric(
    id="OP2",
    title="Lost records",
    question="Did records go before they were counted: by retention, or with their topic?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records in 15 minutes",
    formula="increase of records between the lane's marker and the log's start",
    source="contract section 4, ledger law",
    recorded={
        "topic:pulse_lost_records:increase15m": "sum by (topic) (increase(pulse_lost_records_total[15m]))",
        "topic:pulse_source_resets:increase15m": "sum by (topic) (increase(pulse_source_resets_total[15m]))",
    },
    guardrails=guard.LOST,
)

METRICS = (PL10, PL11, PL13, OP1, OP2)
