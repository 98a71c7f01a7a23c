"""What windows show of a few events by hand, and whether the ledger says the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.generator.model import Produced
from tests.support.lane_harness import PARTITIONS, SMALL, Harness
from tests.support.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MIDNIGHT = 20_371 * DAY_MS
"""A midnight in UTC: business days of tiktok begin then."""
SETTINGS = msgspec.structs.replace(SMALL, regions={"tiktok": ("US",), "douyin": ("CN",)})
TOPIC_OF = {kind: name for name, schema in TOPICS.items() for kind in schema.types()}
LATENESS_MS = SETTINGS.allowed_lateness_ms


def event(kind: str, at_ms: int, *, late_ms: int = 0, **fields: Any) -> Produced:
    """A valid record; tiktok, US and dollars unless said otherwise.

    Args:
        kind: event type.
        at_ms: when it is written, ms after ``MIDNIGHT``.
        late_ms: by how much it happened before that.
        fields: its fields; what is not said has any valid value.
    """
    now = MIDNIGHT + at_ms
    times = {"event_time": now - late_ms, "ingest_time": now}
    # Unless a test says so, no two events are one, and no two orders, deals or impressions.
    value = record(TOPIC_OF[kind], kind, **{"event_id": f"{kind}-{at_ms}-{late_ms}"} | times | fields)
    return Produced(TOPIC_OF[kind], b"k", value, now, 0)


def time_records(at_ms: int) -> list[Produced]:
    """Time records that bring every partition to a time, ms after ``MIDNIGHT``."""
    of_topic = {topic: next(iter(schema.types())) for topic, schema in TOPICS.items()}
    return [
        event(kind, at_ms, is_test=True, event_id=f"time-{at_ms}")._replace(partition=partition)
        for kind in of_topic.values()
        for partition in range(PARTITIONS)
    ]


def shown(
    names: Sequence[str],
    records: Sequence[Produced],
    entries: Sequence[Mapping[str, object]] = (),
    most: int = 1,
) -> list[dict[str, Any]]:
    """All records of ``pulse.window`` of some values, in their order, once the ledger agrees with them.

    Args:
        names: of values.
        records: in their order; time records among them close windows.
        entries: of the reference topic.
        most: records that a lane reads between two commits.
    """
    values = tuple(value for value in VALUES if value.name in names)
    assert {value.name for value in values} == set(names)
    harness = asyncio.run(_read(records, Catalogue(MEASURES, values), entries, most))
    windows = harness.windows()
    only = {(value.name, window) for value in values for window in value.windows}
    assert verify_windows(harness.ledger.truth, SETTINGS, windows, only) == []
    return [window for _, window in windows]


async def _read(
    records: Sequence[Produced], catalogue: Catalogue, entries: Sequence[Mapping[str, object]], most: int
) -> Harness:
    """Read the records in their order, with a commit of every lane after so many."""
    settings = msgspec.structs.replace(SETTINGS, provisional_interval=1.0)
    harness = Harness(records, settings, Parts(catalogue=catalogue), entries)
    await harness.open()
    await harness.run(most, tick=SETTINGS.restate_interval + 1)
    return harness


def number(one: Mapping[str, Any]) -> float | None:
    """The number that a result shows."""
    return None if one["value"] is None else float(one["value"]) / int(one["scale"])


def last(
    windows: Sequence[Mapping[str, Any]], name: str, window: str, at_ms: int, **labels: str
) -> float | None:
    """What was stated last of the window that holds a time, of a closed one.

    Args:
        windows: as ``shown`` gives them.
        name: of the value.
        window: label.
        at_ms: the end of the window, ms after ``MIDNIGHT``.
        labels: of the result.
    """
    wanted = {"app": "tiktok", **labels}
    closed = [
        one
        for one in windows
        if (one["name"], one["window"], one["end"]) == (name, window, MIDNIGHT + at_ms)
        and one["state"] != "provisional"
        and wanted.items() <= one["labels"].items()
    ]
    assert closed, (name, window, at_ms, labels)
    return number(closed[-1])
