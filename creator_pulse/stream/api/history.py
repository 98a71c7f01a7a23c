"""Results of a value as ``pulse.window`` holds them: provisional, final and restated."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.api.answers import EmittedResult, History
from creator_pulse.stream.api.asked import LATEST_MS, chosen, limit, span, whole
from creator_pulse.stream.api.current import label_names, label_value
from creator_pulse.stream.api.log_pages import LogPages
from creator_pulse.stream.sinks.window_record import WindowRecord
from creator_pulse.stream.transport.names import WINDOW_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.api.sources import Sources
    from creator_pulse.stream.monitoring.families import Family

STATES = ("provisional", "final", "restated")


async def history(family: Family, query: Mapping[str, str], sources: Sources) -> History:
    """A page of the results whose window ends within a span.

    A result is emitted after its window's end in event time. So the records written from the span's begin
    until ``written_to`` are read, and no others; until now unless the query says so.

    Raises:
        AskedWrongError: 400: an invalid parameter.
    """
    settings = sources.settings
    since, until = span(query, sources.clock.now_ms(), HOUR_MS)
    window = chosen(query, "window", family.windows)
    state = chosen(query, "state", STATES)
    # A result may be written long after its window's end: while catching up, by late records, by cohorts.
    stated = whole(query, "written_to", sources.clock.now_ms() + HOUR_MS, since + 1, LATEST_MS * 2)
    for name in label_names((family,)):
        label_value(query, name, settings)
    labels = {name: query[name] for name in label_names((family,)) if name in query}

    def wanted(record: WindowRecord) -> bool:
        return (
            since <= record.end < until
            and state in {None, record.state}
            and labels.items() <= record.labels.items()
        )

    pages = LogPages(sources.log, WINDOW_TOPIC, settings.merge_partitions)
    # Devices' clocks may run ahead of Kafka's by as much, and so may event time.
    written = max(since - settings.future_limit_ms, 0), stated
    async with sources.reading.slot():
        rows, following = await pages.page(
            written, query.get("cursor"), limit(query), _picker(family.name, window, wanted)
        )
    return History(items=[_result(row.item, row.written) for row in rows], next=following)


def _picker(
    name: str, window: str | None, wanted: Callable[[WindowRecord], bool]
) -> Callable[[bytes, bytes], WindowRecord | None]:
    # A key is spelt name|window|start|labels (`window_record.key_of`).
    prefix = (f"{name}|{window}|" if window else f"{name}|").encode()

    def pick(key: bytes, value: bytes) -> WindowRecord | None:
        # Most records are of other values: their keys tell, without reading them.
        if not key.startswith(prefix):
            return None
        record = msgspec.json.decode(value, type=WindowRecord)
        return record if wanted(record) else None

    return pick


def _result(record: WindowRecord, written: int) -> EmittedResult:
    exact = record.value
    return EmittedResult(
        name=record.name,
        window=record.window,
        start=record.start,
        end=record.end,
        labels=record.labels,
        state=record.state,
        revision=record.revision,
        reason=record.reason,
        # Divided as a fraction: what is divided as floats or decimals may be rounded twice.
        value=None if exact is None else float(Fraction(exact) / record.scale),
        exact=exact,
        parts=dict(record.parts),
        watermark=record.watermark,
        written=written,
        versions=record.versions,
    )
