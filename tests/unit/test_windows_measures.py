"""Every measure of a topic, minute by minute: what its lanes hand on is what the ledger says."""

from __future__ import annotations

import functools
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Sum, Value
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.lateness import LATE_DAYS, LATE_OLD
from creator_pulse.stream.panes.rows import column, unpacked
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.any_event import T0, any_event
from tests.support.hash_key import HASH_KEY, identity
from tests.support.partials import lots_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.panes.tables import Table

pytestmark = pytest.mark.slow
Key = tuple[str, tuple[str, ...], int, int]
"""Measure, labels, minute, and whether in time or how late."""
EACH = 300
"""Records of each event type."""
STAMP = T0 + 7 * 24 * HOUR_MS
"""Kafka's timestamp of all records: none of their times is the future."""
BATCH = 50
SETTINGS = Settings(allowed_lateness_ms=60_000)
LATER = (
    {"kind": "fx", "id": "EUR", "valid_from": T0 - 20 * HOUR_MS, "usd_micros": 1_200_000},
    {"kind": "fx", "id": "CHF", "valid_from": T0 - 20 * HOUR_MS, "usd_micros": 1_100_000},
    {"kind": "gift", "id": "rose", "valid_from": T0 - HOUR_MS, "unit_coins": 7, "gift_type": 1},
    {"kind": "rate", "id": "creator:tiktok:*:*", "valid_from": T0 - 20 * HOUR_MS, "usd_micros": 4_000},
)
"""What changes between the times that the events are about."""
PLAIN = {
    name
    for name, one in MEASURES.items()
    if one.rows != "every" and (one.bucket is None or AMOUNT in one.labels)
}


@functools.cache
def records(topic: str) -> tuple[bytes, ...]:
    """Records of all types of a topic, mixed."""
    rng = Random(7)
    kinds = [kind for kind in TOPICS[topic].types() for _ in range(EACH)]
    rng.shuffle(kinds)
    return tuple(any_event(topic, kind, number, rng) for number, kind in enumerate(kinds))


def catalogue(topic: str) -> Catalogue:
    """The measures of a topic, each with a value, so that its minutes are handed on."""
    measures = {name: one for name, one in MEASURES.items() if one.topic == topic and name in PLAIN}
    values = tuple(Value(name, Sum({name: 1}), "short", ("1h",), "a sum") for name in measures)
    return Catalogue(measures, values, WINDOWS)


def hashed(name: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels with hashes for identities."""
    hidden = set(MEASURES[name].hidden) - {AMOUNT}
    known = zip(MEASURES[name].labels, labels, strict=True)
    return tuple(str(identity(text)) if label in hidden else text for label, text in known)


def rows_of(partial: pane_record.Partial, tables: Mapping[str, Table]) -> Iterator[tuple[Key, int]]:
    """Key and sum of each row of a partial aggregate."""
    table = tables[partial.table]
    for lot, rows in lots_of(partial, unpacked(partial.rows, partial.keys, partial.sums, table.columns)):
        for name in table.measures:
            for keys, total in zip(rows.keys.tolist(), column(table, rows.sums, name), strict=True):
                known = dict(zip((*table.plain, *table.keys), (*lot.labels, *map(str, keys)), strict=True))
                labels = tuple(known[label] for label in MEASURES[name].labels)
                yield (name, labels, lot.start, lot.kind), int(total)


@functools.cache
def of_lane(topic: str) -> dict[Key, int]:
    """What a lane hands on."""
    sums: dict[Key, int] = defaultdict(int)
    lane = SourceLane(TOPICS[topic], 0, SETTINGS, References(LATER), HASH_KEY, catalogue(topic))
    tables = {table.name: table for table in tables_of(catalogue(topic)).values()}
    for at in range(0, len(records(topic)), BATCH):
        values = records(topic)[at : at + BATCH]
        lane.apply(Batch.of(range(at, at + len(values)), [STAMP] * len(values), [b"k"] * len(values), values))
        checkpoint = lane.checkpoint(0)
        assert checkpoint is not None
        for sent in checkpoint.outgoing:
            if sent.topic == PANE_TOPIC and sent.value is not None:
                record = pane_record.decode(sent.value)
                for partial in record.parts:
                    for key, total in rows_of(partial, tables):
                        sums[key] += total
    return {key: total for key, total in sums.items() if total}


@functools.cache
def of_ledger(topic: str) -> dict[Key, int]:
    """What the ledger says; a sum over late records is not split by how late they are."""
    ledger = Ledger(SETTINGS, RateBook((*DEFAULTS, *LATER)))
    outcomes = {ledger.add(topic, 0, value, STAMP) for value in records(topic)}
    assert outcomes >= {"counted", "late"}
    sums: dict[Key, int] = defaultdict(int)
    for (name, labels, start), parts in ledger.truth.windows.items():
        late = MEASURES[name].rows == "late"
        for kind, total in enumerate(parts if late else parts[:-1]):
            if name in PLAIN and total:
                by_hour = kind in {LATE_OLD, LATE_DAYS} and MEASURES[name].time != "watermark"
                pane = start // HOUR_MS * HOUR_MS if by_hour else start
                sums[name, hashed(name, labels), pane, 0 if late else kind] += total
    return dict(sums)


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_each_measure_is_the_ledgers_in_every_minute(topic: str) -> None:
    """In time and late, all labels: the same sums, and not one more or less.

    What came more than two hours late is in no pane of a minute, so a lane tells of it by the hour.
    """
    lane, ledger = of_lane(topic), of_ledger(topic)
    pairs = {key: (lane.get(key), ledger.get(key)) for key in lane.keys() | ledger.keys()}
    assert {key: pair for key, pair in pairs.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_each_measure_counts_something(topic: str) -> None:
    """Some record makes each measure of the topic other than 0: what is compared is not nothing."""
    assert catalogue(topic).measures.keys() - {name for name, *_ in of_lane(topic)} == set()
