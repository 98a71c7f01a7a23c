"""What keeps the pipeline running: input, workers, stores, and the alerting itself."""

from __future__ import annotations

from stream.catalog import guardrails_workers as guard
from stream.catalog.declare import Metric

_ON_CALL = ("on-call",)

PL10 = Metric(
    id="PL10",
    title="Record rate",
    question="Do producers send what they usually send?",
    tier="pipeline",
    tool="pipeline",
    stakeholders=_ON_CALL,
    unit="records/s",
    formula="records read per second over 5 minutes, without test traffic",
    source="catalogue PL10: a topic that went quiet, or is sent again",
    note="Not of rewards, deals and payouts: they come in batches.",
    recorded={
        "topic:pulse_records:rate5m": (
            'sum by (topic) (rate(pulse_records_total{outcome!="test",topic!~"reward|deal|payout"}[5m]))'
        ),
    },
    guardrails=guard.RECORD_RATE,
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

METRICS = (PL10, PL13, OP1, OP2)
