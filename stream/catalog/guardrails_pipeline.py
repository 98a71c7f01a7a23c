"""Guardrails of the data itself: catalogue PL1, PL2, PL4 to PL7.

The sample guards keep a share that is at its base value from crossing its bound by chance more
than about once in ten thousand evaluations (binomial tail).
"""

from __future__ import annotations

from dataclasses import replace

from stream.catalog.declare import Guardrail, Limit

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

DUPLICATES = (
    Guardrail(
        alert="DuplicateShareHigh",
        severity="ticket",
        series="duplicate_share_ratio",
        window="10m",
        condition=Limit(">", 0.03),
        minutes=10,
        by=_BY_TOPIC,
        guard=("records_read", 900),
        summary="Too many records are delivered twice.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 10 "
            "minutes are duplicates."
        ),
        impact="None on the numbers while duplicates are dropped; producers waste capacity.",
        diagnosis=(
            "Look for a producer that retries without idempotence.",
            "Look for a replay of the topic.",
        ),
        mitigation="Fix the producer's retries.",
    ),
    Guardrail(
        alert="DedupSilent",
        severity="ticket",
        series="duplicate_share_ratio",
        window="10m",
        condition=Limit("==", 0),
        minutes=60,
        by=_BY_TOPIC,
        guard=("records_read", 2_000),
        summary="No duplicate was found for an hour, which hardly ever happens.",
        description="{{ $labels.topic }}: not one duplicate in an hour, where 0.3 to 1 % is usual.",
        impact="Duplicates may be counted: sums would be too high.",
        diagnosis=("Send the same record twice and see whether it counts as a duplicate.",),
        mitigation="Roll back the last release of the workers.",
    ),
)

_INVALID = Guardrail(
    alert="InvalidShareHigh",
    severity="page",
    series="invalid_share_ratio",
    window="5m",
    condition=Limit(">", 0.02),
    minutes=5,
    by=_BY_TOPIC,
    guard=("records_read", 300),
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
        guard=("records_read", 3_100),
        impact="A small part of the records is missing from the numbers.",
    ),
)
