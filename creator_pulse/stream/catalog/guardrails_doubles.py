"""Guardrails of what comes twice, or would unseen: catalogue PL6, PL15, PL17 and PL18."""

from __future__ import annotations

from creator_pulse.stream.catalog.conditions import Limit
from creator_pulse.stream.catalog.declare import Guardrail

_BY_TOPIC = ("topic",)

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
    ),
)

DOUBLED = (
    Guardrail(
        alert="SemanticDuplicatesHigh",
        severity="ticket",
        series="semantic_duplicate_ratio",
        window="1h",
        condition=Limit(">", 0.002),
        minutes=60,
        by=_BY_TOPIC,
        guard=("records_accepted", 6_300),
        summary="The same orders, ads, gifts or payouts are booked under two event ids.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the accepted records of an hour were "
            "booked before under another event id."
        ),
    ),
)

CONFLICTING = (
    Guardrail(
        alert="ConflictingRecordsHigh",
        severity="ticket",
        series="conflicting_share_ratio",
        window="10m",
        condition=Limit(">", 0.001),
        minutes=30,
        by=_BY_TOPIC,
        guard=("records_read", 2_000),
        summary="Event ids come again with another content.",
        description=(
            "{{ $labels.topic }}: {{ $value | humanizePercentage }} of the records of 10 minutes have the "
            "event id of another record, and say something else."
        ),
    ),
)

MISKEYED = (
    Guardrail(
        alert="MiskeyedRecords",
        severity="ticket",
        series="records_miskeyed",
        window="1h",
        condition=Limit(">", 0),
        minutes=5,
        by=_BY_TOPIC,
        summary="Records came under a key that is not their creator's.",
        description=(
            "{{ $labels.topic }}: {{ $value }} records of an hour have another key than the contract wants."
        ),
    ),
)
