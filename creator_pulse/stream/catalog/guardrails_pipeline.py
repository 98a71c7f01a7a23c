"""Guardrails of the data itself: catalogue PL1 to PL5, PL7 to PL9, PL14.

The sample guards keep a share that is at its base value from crossing its bound by chance more
than about once in ten thousand evaluations (binomial tail).
"""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.conditions import Limit
from creator_pulse.stream.catalog.declare import Guardrail

_BY_TOPIC = ("topic",)
_TRUST = "What the boards show of this topic cannot be trusted; business pages made of it are held back."

_STALE = Guardrail(
    alert="DataStale",
    severity="page",
    series="topic:pulse_freshness_seconds:max",
    window="",
    condition=Limit(">", 300),
    minutes=5,
    by=_BY_TOPIC,
    summary="The numbers of a topic are old.",
    description='{{ $labels.topic }}: event time stands {{ printf "%.0f" $value }} seconds behind the clock.',
    impact=_TRUST,
    diagnosis=(
        "See whether lag grows: then the workers are slow or stuck.",
        "No lag: the producers of the topic stopped, or send old event times.",
        "See which partition holds the watermark back.",
    ),
    mitigation="Restart the worker that owns the partition, or the producer that stopped.",
)
FRESHNESS = (
    _STALE,
    replace(_STALE, severity="ticket", condition=Limit(">", 60), minutes=2, impact="Boards lag behind."),
    Guardrail(
        alert="WatermarkAhead",
        severity="page",
        series="topic:pulse_watermark_ahead_seconds:max",
        window="",
        # Records may be dated 2 min ahead of Kafka's timestamps, and those 2 min ahead of its clock.
        condition=Limit(">", 300),
        minutes=1,
        by=_BY_TOPIC,
        summary="Event time runs ahead of the clock: what comes now counts as late.",
        description=(
            '{{ $labels.topic }}: event time stands {{ printf "%.0f" $value }} seconds ahead of the clock.'
        ),
        impact="Sound records of the partition are late until the clock gets there; windows close early.",
        diagnosis=(
            "See which partition's watermark is ahead; look for the first record of that time in its log.",
            "See whether the topic takes timestamps ahead of the broker: pulse topics --check.",
        ),
        mitigation=(
            "Set message.timestamp.after.max.ms on the topic, stop the workers, declare the records void "
            "with pulse void, and begin afresh, as docs/operate.md says under A poisoned log."
        ),
    ),
)

LAG = (
    Guardrail(
        alert="ConsumerLagHigh",
        severity="page",
        series="topic:pulse_consumer_lag_seconds:ratio",
        window="",
        condition=Limit(">", 120),
        minutes=5,
        by=_BY_TOPIC,
        summary="A topic is counted slower than it is written.",
        description=(
            '{{ $labels.topic }}: about {{ printf "%.0f" $value }} seconds of records wait to be counted.'
        ),
        impact=_TRUST,
        diagnosis=(
            "See whether one partition carries the lag: a hot creator or a stuck lane.",
            "See whether the record rate rose beyond what the workers can do.",
            "See CPU and checkpoint seconds of the workers.",
        ),
        mitigation="Add a worker while there are partitions to share; restart one that makes no progress.",
    ),
)

_SLOW = Guardrail(
    alert="EndToEndSlow",
    severity="page",
    series="topic:pulse_export_delay_seconds:p99_5m",
    window="",
    condition=Limit(">", 30),
    minutes=10,
    by=_BY_TOPIC,
    summary="Records take too long until the boards show them.",
    description=(
        "{{ $labels.topic }}: of the records shown in 5 minutes one in a hundred took over "
        '{{ printf "%.1f" $value }} seconds from the gateway to the page.'
    ),
    impact="Boards and alerts run behind what happens, though they move.",
    diagnosis=(
        "See whether lag grew: then the workers are slow, or catch up.",
        "See how long the lanes' commits take: Kafka may be slow.",
        "Neither: the gateway holds records back, or its clock is wrong.",
    ),
    mitigation="Add a worker while there are partitions to share; else look after Kafka or the gateway.",
)
END_TO_END = (
    _SLOW,
    replace(_SLOW, severity="ticket", condition=Limit(">", 10), impact="Boards run a little behind."),
)

LATE_SHARE = (
    Guardrail(
        alert="LateShareHigh",
        severity="ticket",
        series="late_share_ratio",
        window="10m",
        condition=Limit(">", 0.02),
        minutes=10,
        by=_BY_TOPIC,
        guard=("records_read", 900),
        summary="Too many records arrive after the allowed lateness.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 10 minutes are late."
        ),
        impact="Final numbers are restated afterwards; boards are low for a while.",
        diagnosis=(
            "See whether one app or release of a client sends old records.",
            "See whether a mirror or gateway was down and now catches up.",
        ),
        mitigation=(
            "None is needed while a gateway catches up; otherwise fix the client's clock or its buffer."
        ),
    ),
)

_LOST_VALUE = Guardrail(
    alert="LateValueLost",
    severity="page",
    series="late_value_lost_ratio",
    window="15m",
    condition=Limit(">", 0.01),
    minutes=5,
    by=_BY_TOPIC,
    summary="Money arrives too late to enter any number.",
    description=(
        "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the capped value came "
        "too late to be restated."
    ),
    impact="Shown revenue and earnings are too low, and stay so.",
    diagnosis=(
        "Look into the late topic for the producers of these records.",
        "See how old the records are.",
    ),
    mitigation="Replay the day from the log once the producer is fixed.",
)
LATE_VALUE = (
    _LOST_VALUE,
    replace(_LOST_VALUE, severity="ticket", condition=Limit(">", 0.001), minutes=15),
)

_INVALID = Guardrail(
    alert="InvalidShareHigh",
    severity="page",
    series="topic:pulse_invalid_records_ratio:increase5m",
    window="",
    condition=Limit(">", 0.02),
    minutes=5,
    by=_BY_TOPIC,
    guard=("topic:pulse_records_read:increase5m", 300),
    summary="Too many records break the contract.",
    description=(
        "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 5 minutes are invalid."
    ),
    impact=_TRUST,
    diagnosis=(
        "See the reason that rose.",
        "Read the newest records of the dead-letter topic.",
        "Look for a release of the topic's producers.",
    ),
    mitigation="Roll back the producer; replay its records from the dead-letter topic once they can be read.",
)
INVALID = (
    _INVALID,
    replace(
        _INVALID,
        severity="ticket",
        condition=Limit(">", 0.005),
        guard=("topic:pulse_records_read:increase5m", 3_100),
        impact="A small part of the records is missing from the numbers.",
    ),
)

_UNCOUNTED = Guardrail(
    alert="RecordsUncounted",
    severity="page",
    series="topic_reason:pulse_uncounted_records:increase15m",
    window="",
    condition=Limit(">", 1_000),
    minutes=0,
    by=("topic", "reason"),
    summary="Records could not be read, or counting them failed: they are missing from the numbers.",
    description=(
        '{{ $labels.topic }}: about {{ printf "%.0f" $value }} records of 15 minutes are '
        "{{ $labels.reason }}, and were passed over."
    ),
    impact="Sums of the topic are too low by these records, whatever they were worth.",
    diagnosis=(
        "Read the newest dead letters: their headers say partition, offset, and how many records they hold.",
        "unreadable: see which client or codec wrote the batch, and whether a disk of Kafka is broken.",
        "too_large: see whether the producer sends larger batches or records than the contract allows.",
        "failed: the worker's log names the place in the code; keep the dead letter for whoever mends it.",
    ),
    mitigation="Stop the producer that writes such records; send what they held again once it can be read.",
)
UNCOUNTED = (_UNCOUNTED, replace(_UNCOUNTED, severity="ticket", condition=Limit(">", 0)))

STREAKS = (
    Guardrail(
        alert="StreakEndsLost",
        severity="ticket",
        series="streak_unclosed_ratio",
        window="15m",
        condition=Limit(">", 0.01),
        minutes=15,
        guard=("streak_count", 10_000),
        summary="Too many streaks of gifts never say that they are over.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the streaks of 15 minutes were booked "
            "without their end record."
        ),
        impact="They are booked by the largest count seen, half a minute late, and may be a little too low.",
        diagnosis=(
            "See whether one app or client release loses them.",
            "See whether end records arrive late instead: then the late share rose too.",
        ),
        mitigation="Roll back the client or gateway release that drops them.",
    ),
)

COVERAGE = (
    Guardrail(
        alert="FieldMissing",
        severity="ticket",
        series="field_coverage_ratio",
        window="15m",
        condition=Limit("<", 0.99),
        minutes=15,
        by=("topic", "field"),
        summary="Records no longer carry a field without which a metric is blind.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 15 minutes that should "
            "carry {{ $labels.field }} do."
        ),
        impact="The metrics that need the field show nothing wrong because they see nothing.",
        diagnosis=(
            "Look for a release of the topic's producers that leaves the field out.",
            "Find the metrics that read the field in the catalogue: do not trust them meanwhile.",
        ),
        mitigation="Roll back the producer.",
    ),
)

REFERENCES = (
    Guardrail(
        alert="GiftNotInCatalogue",
        severity="ticket",
        series="gift_catalogue_drift_count",
        window="5m",
        condition=Limit(">", 0),
        minutes=5,
        summary="Gifts are sent that the catalogue does not have, or has at another price.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} gifts of 5 minutes are not as in the catalogue.'
        ),
        impact="They count with the price they carry, which nobody has confirmed.",
        diagnosis=(
            "Find gift_id and unit_coins of the records in the gift topic.",
            "See whether a gift was launched, or its price changed, without an entry in the reference topic.",
        ),
        mitigation="Write the entry, dated from when the gift was launched.",
    ),
    Guardrail(
        alert="CurrencyWithoutRate",
        severity="ticket",
        series="records_without_rate",
        window="5m",
        condition=Limit(">", 0),
        minutes=5,
        by=_BY_TOPIC,
        summary="Records come in a currency that has no rate.",
        description='{{ $labels.topic }}: {{ printf "%.0f" $value }} records of 5 minutes have no rate.',
        impact="They are invalid and missing from every sum.",
        diagnosis=("Read the newest dead letters with the reason no_rate: which currency is it?",),
        mitigation="Write the rate, dated from when the currency began, and send the dead letters again.",
    ),
    Guardrail(
        alert="ReferenceRefused",
        severity="ticket",
        series="topic:pulse_reference_refused:increase1h",
        window="",
        condition=Limit(">", 0),
        minutes=0,
        by=_BY_TOPIC,
        summary="Entries of the reference topic are refused, or stand under another key.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.0f" $value }} entries of an hour are not as they should be.'
        ),
        impact=(
            "What was refused is used for nothing: rates and plans are those of before. What stands under "
            "another key is used, until compaction takes it away."
        ),
        diagnosis=(
            "Read the newest dead letters of the reference topic: their reason says what is wrong.",
            "No dead letter: an entry's key is not its kind, id and date, with colons between.",
        ),
        mitigation="Write the entry again, as it should be, under its key.",
    ),
)
