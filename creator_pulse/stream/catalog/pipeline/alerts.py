"""Alerts on the data itself: PL1 to PL9, PL14 to PL18.

The sample guards keep a share that is at its base value from crossing its bound by chance more
than about once in ten thousand evaluations (binomial tail).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Limit, Unusual
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import alert_on
from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE

_BY_TOPIC = ("topic",)
_page = partial(Guardrail, severity="page", window="", by=_BY_TOPIC)
_ticket = partial(Guardrail, severity="ticket", by=_BY_TOPIC)

_STALE = _page(
    alert="DataStale",
    series="topic:pulse_freshness_seconds:max",
    condition=Limit(">", 300),
    minutes=5,
    yields_to=("WorkerDown",),
    summary="The numbers of a topic are old.",
    description='{{ $labels.topic }}: event time stands {{ printf "%.0f" $value }} seconds behind the clock.',
)

_SLOW = _page(
    alert="EndToEndSlow",
    series="topic:pulse_export_delay_seconds:p99_5m",
    condition=Limit(">", 30),
    minutes=10,
    yields_to=("WorkerDown", "DataStale", "ConsumerLagHigh"),
    summary="Records take too long until the boards show them.",
    description=(
        "{{ $labels.topic }}: of the records shown in 5 minutes one in a hundred took over "
        '{{ printf "%.1f" $value }} seconds from the gateway to the page.'
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
)

_INVALID = _page(
    alert="InvalidShareHigh",
    series="topic:pulse_invalid_records_ratio:increase5m",
    condition=Limit(">", 0.02),
    minutes=5,
    # At 0.17 % 300 have 0.5 on average; over 6 come by chance once in 10^6 (binomial).
    guard=("topic:pulse_records_read:increase5m", 300),
    summary="Too many records break the contract.",
    description=(
        "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 5 minutes are invalid."
    ),
)

_UNCOUNTED = Guardrail(
    alert="RecordsUncounted",
    severity="page",
    series="topic_reason:pulse_uncounted_records:increase15m",
    window="",
    condition=Limit(">", 1_000),
    minutes=0,
    goes_on=True,
    by=("topic", "reason"),
    summary="Records could not be read, or counting them failed: they are missing from the numbers.",
    description=(
        '{{ $labels.topic }}: about {{ printf "%.0f" $value }} records of 15 minutes are '
        "{{ $labels.reason }}, and were passed over."
    ),
)

DUPLICATES = (
    alert_on(
        "DuplicateShareHigh",
        Unusual("records_duplicate", "rise", PAGE_SCORE, _BY_TOPIC),
        "ticket",
        "More records are delivered twice than usual.",
        "records delivered before",
    ),
    _ticket(
        alert="DedupSilent",
        series="duplicate_share_ratio",
        window="10m",
        condition=Limit("==", 0),
        minutes=60,
        # At 0.3 % 2,000 have none at all by chance in 0.25 % of the windows: hence the whole hour.
        guard=("records_read", 2_000),
        summary="No duplicate was found for an hour, which hardly ever happens.",
        description="{{ $labels.topic }}: not one duplicate in an hour, where 0.3 to 1 % is usual.",
    ),
)

DOUBLED = (
    _ticket(
        alert="SemanticDuplicatesHigh",
        series="semantic_duplicate_ratio",
        window="1h",
        condition=Limit(">", 0.002),
        minutes=60,
        # At 0.05 % 6,300 have 3.2 on average; over 12 come by chance 3 times in 10^5 (binomial).
        guard=("records_accepted", 6_300),
        summary="The same orders, ads, gifts or payouts are booked under two event ids.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the accepted records of an hour were "
            "booked before under another event id."
        ),
    ),
)

CONFLICTING = (
    _ticket(
        alert="ConflictingRecordsHigh",
        series="conflicting_share_ratio",
        window="10m",
        condition=Limit(">", 0.001),
        minutes=30,
        guard=("records_read", 2_000),
        summary="Event ids come again with another content.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 10 minutes have the "
            "event id of another record, and say something else."
        ),
    ),
)

MISKEYED = (
    _ticket(
        alert="MiskeyedRecords",
        series="records_miskeyed",
        window="1h",
        condition=Limit(">", 0),
        minutes=5,
        summary="Records came under a key that is not their creator's.",
        description=(
            "{{ $labels.topic }}: {{ $value }} records of an hour have another key than the contract wants."
        ),
    ),
)

FRESHNESS = (
    _STALE,
    replace(_STALE, severity="ticket", condition=Limit(">", 60), minutes=2),
    _page(
        alert="WatermarkAhead",
        series="topic:pulse_watermark_ahead_seconds:max",
        # Records may be dated 2 min ahead of Kafka's timestamps, and those 2 min ahead of its clock.
        condition=Limit(">", 300),
        minutes=1,
        summary="Event time runs ahead of the clock: what comes now counts as late.",
        description=(
            '{{ $labels.topic }}: event time stands {{ printf "%.0f" $value }} seconds ahead of the clock.'
        ),
    ),
)

LAG = (
    _page(
        alert="ConsumerLagHigh",
        series="topic:pulse_consumer_lag_seconds:ratio",
        condition=Limit(">", 120),
        minutes=5,
        yields_to=("WorkerDown",),
        summary="A topic is counted slower than it is written.",
        description=(
            '{{ $labels.topic }}: about {{ printf "%.0f" $value }} seconds of records wait to be counted.'
        ),
    ),
)

END_TO_END = (
    _SLOW,
    replace(_SLOW, severity="ticket", condition=Limit(">", 10)),
)

LATE_SHARE = (
    _ticket(
        alert="LateShareHigh",
        series="late_share_ratio",
        window="10m",
        condition=Limit(">", 0.02),
        minutes=10,
        # At 0.6 % 900 have 5.4 on average; over 18 come by chance 4 times in 10^6 (binomial).
        guard=("records_read", 900),
        summary="Too many records arrive after the allowed lateness.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 10 minutes are late."
        ),
    ),
)

LATE_VALUE = (
    _LOST_VALUE,
    replace(_LOST_VALUE, severity="ticket", condition=Limit(">", 0.001), minutes=15),
)

INVALID = (
    _INVALID,
    alert_on(
        "InvalidShareHigh",
        Unusual("records_invalid", "rise", PAGE_SCORE, _BY_TOPIC),
        "ticket",
        "More records break the contract than usual.",
        "records that break the contract",
    ),
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
    ),
    _ticket(
        alert="CurrencyWithoutRate",
        series="records_without_rate",
        window="5m",
        condition=Limit(">", 0),
        minutes=5,
        summary="Records come in a currency that has no rate.",
        description='{{ $labels.topic }}: {{ printf "%.0f" $value }} records of 5 minutes have no rate.',
    ),
    _ticket(
        alert="ReferenceRefused",
        series="topic:pulse_reference_refused:increase1h",
        window="",
        condition=Limit(">", 0),
        minutes=0,
        goes_on=True,
        summary="Entries of the reference topic are refused, or stand under another key.",
        description=(
            '{{ $labels.topic }}: {{ printf "%.0f" $value }} entries of an hour are not as they should be.'
        ),
    ),
)
