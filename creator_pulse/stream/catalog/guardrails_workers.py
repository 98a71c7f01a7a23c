"""Guardrails of what keeps the pipeline running: catalogue PL10 and PL13, workers, Redis, retention."""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.conditions import Against, Limit
from creator_pulse.stream.catalog.declare import Guardrail

LEAST_DEAD_LETTERS = 100
"""In 10 minutes: fewer are no pile, however few are usual."""

RECORD_RATE = (
    Guardrail(
        alert="RecordRateDrop",
        severity="page",
        series="topic:pulse_records:rate5m",
        window="",
        condition=Against("<", 0.5),
        minutes=5,
        by=("topic",),
        yields_to=("DataStale", "ConsumerLagHigh"),
        summary="A topic brings far fewer records than it usually does at this hour.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.1f" $value }} records per second, '
            "under half of the usual for this hour of the week."
        ),
        impact="Either viewers stopped, or a producer did: the numbers fall with it.",
        diagnosis=(
            "See whether the producers run and can reach Kafka.",
            "See whether other topics fell too.",
        ),
        mitigation="Restart or roll back the producer of the topic.",
    ),
    Guardrail(
        alert="RecordRateSurge",
        severity="ticket",
        series="topic:pulse_records:rate5m",
        window="",
        condition=Against(">", 3),
        minutes=5,
        by=("topic",),
        summary="A topic brings far more records than it usually does at this hour.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.1f" $value }} records per second, '
            "over 3 times the usual for this hour of the week."
        ),
        impact="A holiday, or a replay: duplicates are dropped, but lag may grow.",
        diagnosis=(
            "See whether the share of duplicates rose: then it is a replay.",
            "See whether other topics rose too: then viewers did.",
        ),
        mitigation="None for a holiday but to watch lag; stop a replay that nobody asked for.",
    ),
    Guardrail(
        alert="RegionQuiet",
        severity="ticket",
        series="topic_app_region:pulse_activity:rate5m",
        window="",
        condition=Against("<", 0.5),
        minutes=30,
        by=("topic", "app", "region"),
        yields_to=("DataStale", "ConsumerLagHigh", "RecordRateDrop"),
        summary="A region does far less than it usually does at this hour.",
        description=(
            '{{ $labels.topic }}, {{ $labels.app }} {{ $labels.region }}: {{ printf "%.2f" $value }} a '
            "second, under half of the usual for this hour of the week."
        ),
        impact="Viewers and creators of one region may be cut off, while the app as a whole looks well.",
        diagnosis=(
            "See whether the other topics of the region fell too: then it is the way to it.",
            "See whether it is a holiday there, and announce it as a `calendar` entry if it is.",
        ),
        mitigation="Restart or roll back the producer of the region, or the gateway that serves it.",
    ),
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
        impact="Series of the partitions that it will own stand still; nothing is lost.",
        diagnosis=(
            "See whether other workers come and go: each makes the group move again.",
            "See in the worker's log which lane is not open yet, and what it waits for.",
            "See whether Kafka answers reads of the changelogs.",
        ),
        mitigation="Stop what restarts again and again; a worker that makes no progress exits by itself.",
    ),
    Guardrail(
        alert="LaneRecoverySlow",
        severity="ticket",
        series="topic:pulse_lane_recovery_seconds:max15m",
        window="",
        condition=Limit(">", 120),
        minutes=0,
        by=("topic",),
        summary="A lane took minutes to read its state back.",
        description='{{ $labels.topic }}: a lane recovered in {{ printf "%.0f" $value }} seconds.',
        impact="Its series stood still meanwhile; the next move of partitions will cost as much.",
        diagnosis=(
            "See how many entries the lane keeps, and how large its changelog is.",
            "See whether the changelog is compacted.",
            "See in the log whether the state was built again from the source.",
        ),
        mitigation="Let Kafka compact the changelog more often; give the topic more partitions.",
    ),
    Guardrail(
        alert="DeadLettersGrow",
        severity="ticket",
        series="topic:pulse_dead_letters:increase10m",
        window="",
        condition=Against(">", 3, least=LEAST_DEAD_LETTERS),
        minutes=10,
        by=("topic",),
        summary="Far more records than usual go to the dead-letter topic.",
        description='{{ $labels.topic }}: {{ printf "%.0f" $value }} dead letters in 10 minutes.',
        impact="These records are missing from every sum until they are mended and sent again.",
        diagnosis=(
            "See the reason that rose.",
            "Read the newest records of the dead-letter topic.",
            "Look for a release of the topic's producers.",
        ),
        mitigation="Roll back the producer; send its records again once they can be read.",
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
        impact="Prometheus needs more memory, and rules are evaluated late.",
        diagnosis=(
            "Count series by name: which family grew?",
            "See whether a region or a label value was added to the settings.",
        ),
        mitigation="Take windows or regions out of the family that grew, or raise the budget.",
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
        impact="When it is silent, no other alert would arrive.",
        diagnosis=("See whether Prometheus runs and evaluates rules.", "See whether Alertmanager runs."),
        mitigation="Restart whichever of the two is down.",
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
        impact="Its partitions move to other workers; with none left, nothing is counted.",
        diagnosis=(
            "Read the last lines of the worker's log.",
            "See whether the other workers took its partitions.",
        ),
        mitigation="Start the worker again.",
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
        impact="Leaderboards and the live board stand still; counting and alerts go on.",
        diagnosis=("See whether Redis runs and has memory.",),
        mitigation="Restart Redis; the workers fill it again by themselves.",
    ),
)

LOST = (
    Guardrail(
        alert="RecordsLost",
        severity="page",
        series="topic:pulse_lost_records:increase15m",
        window="",
        condition=Limit(">", 0),
        minutes=0,
        by=("topic",),
        summary="Records were deleted before they could be counted.",
        description=(
            '{{ $labels.topic }}: about {{ printf "%.0f" $value }} records lost to retention in 15 minutes.'
        ),
        impact="Sums of the period are too low for good.",
        diagnosis=("See how long the workers were down.", "Compare that with the retention of the topic."),
        mitigation="Raise the retention; fill the gap from the producers' own logs.",
    ),
    Guardrail(
        alert="SourceReset",
        severity="page",
        series="topic:pulse_source_resets:increase15m",
        window="",
        condition=Limit(">", 0),
        minutes=0,
        by=("topic",),
        summary="A topic was made anew, or Kafka lost its end, below what had been counted.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.0f" $value }} partitions no longer hold what was counted.'
        ),
        impact="Totals go on; what was in the topic and not yet counted is missing from them for good.",
        diagnosis=(
            "See in the worker's log whether the topic was made anew or cut, and at which offset.",
            "See who deleted the topic, or which broker became leader without all records.",
        ),
        mitigation="Fill the gap from the producers' own logs.",
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
        impact="Once it is full, new ids are in every sum but followed no further: duplicates, streaks, "
        "leaderboards and rules about somebody see less.",
        diagnosis=(
            "See whether it grows with traffic, or faster: somebody may send ids that are never the same.",
            "See pulse_table_overflow_total: did anything find no room yet?",
            "Read in docs/operate.md, Memory, what the kind of table is and what its limit means.",
        ),
        mitigation="Stop the producer that sends made-up ids; or give the table more entries, and the worker "
        "the memory for them.",
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
    impact="What is behind is not counted, and the topic's windows wait for it.",
    diagnosis=(
        "The worker's log names the partition and the offset.",
        "open_transaction: `kafka-transactions.sh find-hanging` and `describe-producers` name its producer.",
        "no_leader: see which brokers are down.",
        "no_right: see which right the log names, and who took it away.",
    ),
    mitigation=(
        "End the producer's transaction (`kafka-transactions.sh abort`), bring the broker back, or give the "
        "right; the workers go on by themselves."
    ),
)
UNREAD = (
    _WAITS,
    replace(_WAITS, severity="ticket", minutes=5),
    Guardrail(
        alert="PartitionsUncounted",
        severity="page",
        series="topic:pulse_uncounted_partitions:max",
        window="",
        condition=Limit(">", 0),
        minutes=2,
        by=("topic",),
        summary="A topic has other partitions than the settings: nobody counts those.",
        description='{{ $labels.topic }}: {{ printf "%.0f" $value }} partitions are counted by nobody.',
        impact="Sums of the topic are too low by what is in them.",
        diagnosis=(
            "Compare with PULSE_PARTITIONS, PULSE_QUIET_PARTITIONS and PULSE_MERGE_PARTITIONS.",
            "See who added partitions, or deleted the topic.",
        ),
        mitigation=(
            "Give the other topics of the group and their changelogs as many partitions, stop the workers, "
            "change the setting, and start them: they read the new partitions from the start."
        ),
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
        impact="They keep workers out, or hold partitions that then nobody counts.",
        diagnosis=("The worker's log, and its `/ready`, name them and where they are connected from.",),
        mitigation="Stop them, or give them a group of their own.",
    ),
)
