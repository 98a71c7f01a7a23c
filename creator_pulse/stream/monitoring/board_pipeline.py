"""The pipeline board: does every record arrive, once, in time?"""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.lane_series import lane_counter
from creator_pulse.stream.catalog.pipeline.worker_metrics import OF_WORKERS
from creator_pulse.stream.monitoring.board_alert_panels import guardrails, states
from creator_pulse.stream.monitoring.board_panel import BoardColumn, Panel
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow, variable
from creator_pulse.stream.monitoring.board_words import NO_VERDICT, UNKNOWN, nothing_in

_TOPIC = '{topic=~"$topic"}'
_LOST = lane_counter("pulse_lost_records_total")
_RESETS = lane_counter("pulse_source_resets_total")
_RATE = "[$__rate_interval]"
_PER_SECOND = "suffix:/s"
"""Grafana's own unit of this name means reads."""
_UP = {"0": ("down", "red"), "1": ("up", "green")}


def board() -> Board:
    """The pipeline board."""
    return Board(
        uid="pulse-pipeline",
        title="Creator Pulse: pipeline",
        description="Does every record arrive, once, and in time?",
        variables=(variable("topic", "Topic", "label_values(pulse_watermark_timestamp_seconds, topic)"),),
        rows=(
            BoardRow("Does everything arrive, and is it counted?", (*_arrivals(), *_gaps(), *_outcomes())),
            BoardRow("Is it on time?", _time()),
            BoardRow("Are the workers healthy?", _workers()),
            BoardRow("How near are the guardrails?", _alerts()),
            BoardRow("Data quality", _odd(), closed=True),
            BoardRow("Inside the lanes", _lanes(), closed=True),
        ),
    )


def _arrivals() -> tuple[Panel, ...]:
    return (
        Panel(
            "Freshness, oldest topic",
            "How far event time stands behind the clock.",
            "s",
            {"oldest": f"max(topic:pulse_freshness_seconds:max{_TOPIC})"},
            width=4,
            height=4,
            alerts=("DataStale",),
            kind="stat",
            decimals=0,
        ),
        Panel(
            "Consumer lag",
            "Records written but not yet counted, over all partitions.",
            "short",
            {"records": f"sum(topic:pulse_consumer_lag_records:sum{_TOPIC})"},
            width=4,
            height=4,
            kind="stat",
            decimals=0,
        ),
        Panel(
            "Records per second",
            "All records read, whatever became of them.",
            _PER_SECOND,
            {"records": f"sum(rate(pulse_records_total{_TOPIC}{_RATE}))"},
            width=4,
            height=4,
            kind="stat",
            decimals=0,
        ),
    )


def _gaps() -> tuple[Panel, ...]:
    return (
        Panel(
            "Records lost, last hour",
            "Deleted before they were counted, over all topics; above 0 pages.",
            "short",
            {"records": f"sum(increase({_LOST}{_TOPIC}[1h]))"},
            width=4,
            height=4,
            alerts=("RecordsLost",),
            kind="stat",
            decimals=0,
        ),
        Panel(
            "Partitions recreated, last hour",
            "Partitions whose log was deleted and made again; above 0 pages.",
            "short",
            {"partitions": f"sum(increase({_RESETS}{_TOPIC}[1h]))"},
            width=4,
            height=4,
            alerts=("SourceReset",),
            kind="stat",
            decimals=0,
        ),
        Panel(
            "Partitions held back",
            "They wait, since something before them is missing; above 0 pages.",
            "short",
            {"partitions": f"sum(topic_reason:pulse_partitions_waiting:sum{_TOPIC})"},
            width=4,
            height=4,
            alerts=("PartitionsWait",),
            kind="stat",
            decimals=0,
        ),
    )


def _outcomes() -> tuple[Panel, ...]:
    return (
        Panel(
            "Records per second by outcome",
            "Each record read has one outcome; together they are all records.",
            _PER_SECOND,
            {"{{outcome}}": f"sum by (outcome) (rate(pulse_records_total{_TOPIC}{_RATE}))"},
        ),
        Panel(
            "Invalid records per second by reason",
            "Records that break the contract; they lie in the dead-letter topic.",
            _PER_SECOND,
            {"{{reason}}": (f"sum by (reason) (rate(pulse_invalid_records_total{_TOPIC}{_RATE})) > 0")},
        ),
        Panel(
            "Dead letters by topic, 10m",
            "Invalid records, by topic; an alert compares them with the usual.",
            "short",
            {"{{topic}}": f"topic:pulse_dead_letters:increase10m{_TOPIC}"},
        ),
    )


def _time() -> tuple[Panel, ...]:
    return (
        Panel(
            "Watermark age by topic",
            "How far the event time of each topic's slowest partition stands behind the clock.",
            "s",
            {"{{topic}}": f"topic:pulse_freshness_seconds:max{_TOPIC}"},
            alerts=("DataStale",),
        ),
        Panel(
            "Consumer lag in time",
            "How long the records that wait take at the present rate.",
            "s",
            {"{{topic}}": f"topic:pulse_consumer_lag_seconds:ratio{_TOPIC}"},
            alerts=("ConsumerLagHigh",),
        ),
        Panel(
            "End-to-end latency, p99 of 5m",
            "From the gateway until the count of a record was shown.",
            "s",
            {"{{topic}}": f"topic:pulse_export_delay_seconds:p99_5m{_TOPIC}"},
            alerts=("EndToEndSlow",),
        ),
    )


def _slowest() -> Panel:
    """The partitions that stand furthest behind, as a table, because nobody reads a plot of all."""
    age = f"time() - (max by (topic, partition) (pulse_watermark_timestamp_seconds{_TOPIC}) > 0)"
    return Panel(
        "Slowest partitions",
        "The ten whose event time stands furthest behind the clock, and what waits in each.",
        "s",
        {},
        width=12,
        height=10,
        kind="table",
        columns=(
            BoardColumn("Topic", label="topic"),
            BoardColumn("Partition", label="partition"),
            BoardColumn("Behind the clock", f"topk(10, {age})", unit="s"),
            BoardColumn(
                "Consumer lag",
                f"max by (topic, partition) (pulse_consumer_lag_records{_TOPIC}) and topk(10, {age})",
            ),
        ),
        sort="Behind the clock",
    )


def _lanes() -> tuple[Panel, ...]:
    return (
        _slowest(),
        Panel(
            "Checkpoint duration",
            "Duration of each lane's last commit; it must stay under the checkpoint interval.",
            "s",
            {"{{topic}}": f"max by (topic) (pulse_lane_checkpoint_seconds{_TOPIC})"},
        ),
        Panel(
            "Idle partitions",
            "Partitions without new records: their windows are issued without waiting for them.",
            "short",
            {"{{topic}}": f"sum by (topic) (max by (topic, partition) (pulse_partition_idle{_TOPIC}))"},
        ),
        Panel(
            "Restatements per second",
            "Results that late records changed after they were final.",
            _PER_SECOND,
            {"{{topic}}": f"sum by (topic) (rate(pulse_restatements_total{_TOPIC}{_RATE}))"},
        ),
        Panel(
            "Late value lost, 15m",
            "Share of capped value that came too late to restate anything.",
            "percentunit",
            {"{{topic}}": f"topic:pulse_late_value_lost_ratio:15m{_TOPIC}"},
            alerts=("LateValueLost",),
        ),
    )


def _named(series: str) -> str:
    """The series with a name for that of no instance, which stands for all while there is none."""
    return f'label_replace({series}, "instance", "no worker", "instance", "")'


def _workers() -> tuple[Panel, ...]:
    return (
        Panel(
            "Workers up",
            "Workers that answer the scrape.",
            "short",
            {"{{instance}}": _named("job_instance:pulse_worker_up:min")},
            kind="statetimeline",
            states=_UP,
            empty=UNKNOWN,
        ),
        Panel(
            "Redis reachable",
            "Counting goes on without Redis; live views stand still.",
            "short",
            {"{{instance}}": _named("job_instance:pulse_redis_up:min")},
            kind="statetimeline",
            states={"0": ("not reached", "orange"), "1": ("reached", "green")},
            empty=UNKNOWN,
        ),
        Panel(
            "Recovery and rebalance time",
            "How long lanes took to read their state back, and for how long a worker has shown none.",
            "s",
            {
                "{{topic}}": f"max by (topic) (pulse_lane_recovery_seconds{_TOPIC})",
                "rebalance of {{instance}}": "job_instance:pulse_rebalance_seconds:max > 0",
            },
            alerts=("LaneRecoverySlow",),
        ),
        Panel(
            "Table fill",
            "How full the fullest lane's table is. At 1 what is new is counted, but followed no further.",
            "percentunit",
            {"{{kind}}": "max by (kind) (topic_kind:pulse_table_fill_ratio:max > 0.01)"},
            alerts=("TableNearlyFull",),
        ),
        Panel(
            "CPU cores used",
            "Of each worker; one core is 1.",
            "short",
            {"{{instance}}": f"sum by (instance) (rate(process_cpu_seconds_total{_RATE}) {OF_WORKERS})"},
        ),
        Panel(
            "Resident memory",
            "It must stay flat while the number of keys does.",
            "bytes",
            {"{{instance}}": f"max by (instance) (process_resident_memory_bytes {OF_WORKERS})"},
        ),
    )


def _odd() -> tuple[Panel, ...]:
    return (
        Panel(
            "Unknown fields per second",
            "Records with fields that the contract does not list: a producer is ahead of it.",
            _PER_SECOND,
            {"{{topic}}": f"sum by (topic) (rate(pulse_unknown_fields_total{_TOPIC}{_RATE}))"},
        ),
        Panel(
            "Semantic duplicates, 1h",
            "Accepted records that were booked before under another event id: counted, not dropped.",
            "percentunit",
            {"{{topic}}": f"topic:pulse_semantic_duplicate_ratio:1h{_TOPIC}"},
            empty=f"{NO_VERDICT}: {nothing_in(('1h',))}",
            alerts=("SemanticDuplicatesHigh",),
        ),
        Panel(
            "Conflicting duplicates, 10m",
            "Records with the event id of an accepted record and another content: the first counts.",
            "percentunit",
            {"{{topic}}": f"topic:pulse_conflicting_share_ratio:10m{_TOPIC}"},
            empty=f"{NO_VERDICT}: {nothing_in(('10m',))}",
            alerts=("ConflictingRecordsHigh",),
        ),
        Panel(
            "Mis-keyed records, 1h",
            "Records whose key is not their creator's: a copy of one may count in another partition.",
            "short",
            {"{{topic}}": f"topic:pulse_records_miskeyed:1h{_TOPIC}"},
            alerts=("MiskeyedRecords",),
        ),
    )


def _alerts() -> tuple[Panel, ...]:
    chosen = 'tier="pipeline",topic=~"$topic|"'
    return (
        states('alertname!="Watchdog",tier="pipeline"', "Pipeline alerts over time"),
        guardrails(
            chosen,
            "Nearest to their bounds",
            "The guardrails of the pipeline that have used up most of the way to the bound.",
            most=12,
            height=12,
        ),
    )
