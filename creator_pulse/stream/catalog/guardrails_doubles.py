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
        impact="Nothing drops them: revenue and earnings are too high by what was booked twice.",
        diagnosis=(
            "Compare two records of one business key: which producer wrote each?",
            "See whether a release, or a second instance, makes a new event id when it sends again.",
        ),
        mitigation="Let the producer keep its event id when it sends again; take back what was booked twice.",
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
        impact="The first of each counts. If the others are events of their own, sums are too low by them.",
        diagnosis=(
            "Compare two records of one event id: do they differ in a figure, or only in how they are put?",
            "Look for a producer whose event ids are not unique, or that changes what it sends again.",
        ),
        mitigation="Let the producer give each event an id of its own, and send it again as it was.",
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
        impact=(
            "They count. But a second delivery, or the end of a streak, may lie in another partition: then "
            "it counts twice, and nothing shows it."
        ),
        diagnosis=(
            "Read some records of the topic: is the key missing, or another id?",
            "See which producer was released last.",
        ),
        mitigation="Let the producer use the creator_id as key, in creator.wallet the viewer_id.",
    ),
)
