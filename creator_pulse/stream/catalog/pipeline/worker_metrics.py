"""What keeps the pipeline running: input, workers, stores, and the alerting itself."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.declare import Metric
from creator_pulse.stream.catalog.declaration.lane_series import lane_counter, lane_gauge
from creator_pulse.stream.catalog.pipeline import worker_alerts

_ON_CALL = ("on-call",)
_RECORDS = lane_counter("pulse_records_total")
_RECOVERED = lane_gauge("pulse_lane_recovery_seconds", "topic")
_RECOVERED_BEFORE = lane_gauge("pulse_lane_recovery_seconds offset 15m", "topic")

KNOWN_WORKER = "job_instance:pulse_worker_known:max"
"""Targets that are workers: remembered from evaluation to evaluation, also while they do not answer."""

OF_WORKERS = f"and on (job, instance) {KNOWN_WORKER}"

# Topic -> the counter that tells, by app and region, whether its records come.
_ACTIVITY = {
    "gift": "pulse_gifts_total",
    "ad": "pulse_ad_impressions_total",
    "purchase": "pulse_orders_total",
    "watch": "pulse_watch_seconds_total",
}

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
            # Test traffic keeps time going, whatever producers send.
            f'sum by (topic) (rate({_RECORDS}{{outcome!="test",topic!~"reward|deal|payout"}}[5m]))'
        ),
        "topic_app_region:pulse_activity:rate5m": "\nor ".join(
            # Each counter stands for a topic, which the label says, so that one rule serves all.
            f"label_replace(sum by (app, region) (rate({lane_counter(counter)}[5m])), "
            f'"topic", "{topic}", "", "")'
            for topic, counter in _ACTIVITY.items()
        ),
    },
    guardrails=worker_alerts.RECORD_RATE,
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
            # Only a recovery of the last 15 minutes: the gauge keeps its number.
            f"max by (topic) ({_RECOVERED} unless ({_RECOVERED} == {_RECOVERED_BEFORE}))"
        ),
        "topic:pulse_dead_letters:increase10m": (
            f"sum by (topic) (increase({lane_counter('pulse_invalid_records_total')}[10m]))"
        ),
    },
    guardrails=worker_alerts.RECOVERY,
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
        # Counted by Prometheus after relabelling: what is stored, not what a worker thinks it shows.
        "global:pulse_exported_series:sum": f"sum(scrape_samples_post_metric_relabeling {OF_WORKERS})",
    },
    guardrails=worker_alerts.WATCHDOG,
)

OP1 = Metric(
    id="OP1",
    title="Workers and live store",
    question="Are the workers and Redis there?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="1 = up",
    formula="up of each target that was a worker, 0 when there is none; Redis as each worker sees it",
    source="design: counting goes on without Redis, and an alert says so",
    note=(
        "A target that once showed pulse_worker_info is a worker for as long as it is a target, whatever the "
        "job is called and whatever else is in it."
    ),
    recorded={
        KNOWN_WORKER: (
            "max by (job, instance) (pulse_worker_info)\n"
            f"or max by (job, instance) (last_over_time({KNOWN_WORKER}[15m])) and on (job, instance) up"
        ),
        "job_instance:pulse_worker_up:min": (
            f"min by (job, instance) (up {OF_WORKERS})\nor (absent(up {OF_WORKERS}) - 1)"
        ),
        "job_instance:pulse_redis_up:min": "min by (job, instance) (pulse_redis_up)",
    },
    guardrails=worker_alerts.WORKERS,
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
        "topic:pulse_lost_records:increase15m": (
            f"sum by (topic) (increase({lane_counter('pulse_lost_records_total')}[15m]))"
        ),
        "topic:pulse_source_resets:increase15m": (
            f"sum by (topic) (increase({lane_counter('pulse_source_resets_total')}[15m]))"
        ),
    },
    guardrails=worker_alerts.LOST,
)

OP3 = Metric(
    id="OP3",
    title="Tables of the lanes",
    question="Is there room for what is new?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="share of the largest number of entries",
    formula="entries of a lane's table by the most that it may have, of the fullest lane; by kind of table",
    source="docs/operate.md, Memory: each table that a sender may fill has a largest number of entries",
    note=(
        "At the limit nothing is lost from a sum. What is new is followed no further: "
        "pulse_table_overflow_total counts it, and docs/operate.md says for each kind what that means."
    ),
    recorded={
        "topic_kind:pulse_table_fill_ratio:max": "max by (topic, kind) (pulse_table_fill_ratio)",
    },
    guardrails=worker_alerts.TABLES,
)

OP4 = Metric(
    id="OP4",
    title="What is not read",
    question="Is there a partition that nobody can read, or nobody reads?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="partitions; members",
    formula=(
        "partitions that wait for an open transaction, a leader or a right; partitions beyond the settings, "
        "or missing; members of the consumer group that are no workers"
    ),
    source="a partition that waits holds its windows back, and no lag tells why",
    note="A partition is named when it has waited for ten seconds: transactions come and go all the time.",
    recorded={
        "topic_reason:pulse_partitions_waiting:sum": (
            f"sum by (topic, reason) ({lane_gauge('pulse_partition_waiting', 'topic', 'reason')})"
        ),
        "topic:pulse_uncounted_partitions:max": "max by (topic) (pulse_uncounted_partitions)",
        "job:pulse_group_strangers:max": "max by (job) (pulse_group_strangers)",
    },
    guardrails=worker_alerts.UNREAD,
)

METRICS = (
    PL10,
    PL11,
    PL13,
    OP1,
    OP2,
    OP3,
    OP4,
)
