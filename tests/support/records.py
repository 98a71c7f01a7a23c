"""Single input records by hand, and what one source lane makes of a few of them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from creator_pulse.proof.ledger.fields import FIELDS, Field
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.events.references import References
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.partials import cells_of

T0 = 1_760_000_040_000
"""A full minute."""


def sound(topic: str, kind: str) -> dict[str, Any]:
    """A valid event with its required fields only; of a gift: one that cannot streak.

    Args:
        topic: without prefix.
        kind: event type.
    """
    made: dict[str, Any] = {"event_type": kind, "schema_version": 1}
    made |= {field.name: _value(field) for field in FIELDS[topic][kind] if field.required}
    made |= {"event_time": T0, "event_id": f"{topic}-{kind}"}
    if kind == "gift_sent":
        made["gift_type"] = 2
    if kind == "content_removed":
        made["video_id"] = "x"
    if kind == "progress":
        made["milestone"] = "2s"
    return made


def record(topic: str, kind: str, **fields: Any) -> bytes:
    """The bytes of a valid event with some fields set; tiktok, US, dollars where not said."""
    usual = {"app": "tiktok", "region": "US", "currency": "USD"}
    event = sound(topic, kind)
    return json.dumps(event | {k: v for k, v in usual.items() if k in event} | fields).encode()


def batch(*values: bytes | None, first: int = 0, timestamp: int = T0) -> Batch:
    """Consecutive records with one timestamp."""
    count = len(values)
    return Batch.of(range(first, first + count), [timestamp] * count, [b"k"] * count, values)


def cells(
    topic: str, *values: bytes, references: References | None = None
) -> Counter[tuple[str, tuple[str, ...]]]:
    """What a lane sums from some records: measure and labels -> increments of all panes."""
    lane = Topology(Settings(), HASH_KEY, references or References()).source_lane(topic)
    lane.apply(batch(*values))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for sent in checkpoint.outgoing:
        if sent.topic == PANE_TOPIC and sent.value is not None:
            for measure, labels, _, _, total in cells_of(
                pane_record.decode(sent.value), tables_of(CATALOGUE)
            ):
                counts[measure, labels] += int(total)
    return counts


def counters(topic: str, *batches: Batch, settings: Settings | None = None) -> dict[str, float]:
    """Counters that are not 0 after some batches, summed over labels, without ``pulse_``."""
    lane = Topology(settings or Settings(), HASH_KEY).source_lane(topic)
    for batch in batches:
        lane.apply(batch)
    counts: Counter[str] = Counter()
    for sample in lane.snapshot().samples:
        labels = dict(sample.labels)
        name = sample.family.removeprefix("pulse_")
        counts[name] += sample.value  # type: ignore[assignment]
        for label in ("outcome", "reason"):
            if label in labels:
                counts[f"{name}:{labels[label]}"] += sample.value  # type: ignore[assignment]
    return {name: value for name, value in counts.items() if value}


def _value(field: Field) -> object:
    if field.kind is bool:
        return True
    if field.kind is int:
        return (
            T0
            if field.low <= T0 <= field.high and field.low > 0 and field.high > 10**12
            else max(field.low, 1)
        )
    return min(field.listed) if field.listed else "x"
