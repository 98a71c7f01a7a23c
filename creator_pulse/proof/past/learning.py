"""The expectation, learnt from the signals of the last weeks, as a worker's own evidence takes them."""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.proof.past.shares import markets_of, traffic
from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.declaration.labels import OTHER
from creator_pulse.stream.catalog.declaration.signals import EVERY_TOPIC, SLOT_MS
from creator_pulse.stream.evidence.evidence import Evidence
from creator_pulse.stream.evidence.history import BLOCK_MS
from creator_pulse.stream.panes.rows import bounded_column, unpacked
from creator_pulse.stream.panes.tables import slot_tables_of
from creator_pulse.stream.topology import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from creator_pulse.proof.past.calibration import TopicRates
    from creator_pulse.stream.evidence.verdict import SignalVerdict
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.pane_record import Partial
    from creator_pulse.stream.settings import Settings

    Ints = NDArray[np.int64]

WATCH = "watch"
_NO_LOOKS: Mapping[int, int] = MappingProxyType({})


_THINGS = {signal.count: signal.per for signal in PRODUCT.catalogue.signals if signal.per}
"""Measure of money -> that of the things whose price it is."""


class _Drawn(NamedTuple):
    """The expected and the drawn sum of a measure in each slot."""

    means: NDArray[np.float64]
    totals: Ints


class Signalled(NamedTuple):
    """Sums by slot of one measure in one place.

    Attributes:
        measure: id.
        place: app and region; of the pipeline an empty app and the topic.
        starts: of the slots, epoch ms, rising.
        totals: of each.
    """

    measure: str
    place: tuple[str, str]
    starts: Ints
    totals: Ints


def drawn_signals(
    rates: Mapping[str, TopicRates],
    settings: Settings,
    world: World,
    span: tuple[int, int],
    now_ms: int,
    seed: int,
    step_ms: int = SLOT_MS,
) -> list[Signalled]:
    """The drawn sums, by slot or by block.

    Args:
        rates: of each topic, by its name.
        settings: regions with series of their own.
        world: rhythm and growth of the audience.
        span: begin and end, epoch ms.
        now_ms: start of the live run, epoch ms.
        seed: of all chance; each span has its own.
        step_ms: from one sum to the next.
    """
    starts = np.arange(span[0] - span[0] % step_ms, span[1], step_ms)
    if not len(starts):
        return []
    rng = np.random.default_rng([seed, span[0] // SLOT_MS, 2])
    signals = []
    for of_topic in rates.values():
        drawn: dict[tuple[str, Labels], _Drawn] = {}
        for (measure, labels), rate in sorted(of_topic.slots.items(), key=lambda each: each[0][0] in _THINGS):
            plain = ("topic",) if len(labels) == 1 else ("app", "region")
            markets = markets_of(dict(zip(plain, labels, strict=True)), settings.regions)
            # The rhythm moves slowly: the hour is enough, and what lies between is a line.
            hours = np.arange(starts[0] - HOUR_MS, starts[-1] + 2 * HOUR_MS, HOUR_MS // 4)
            people = [traffic(markets, at, now_ms, world) for at in hours.tolist()]
            means = rate * step_ms * np.interp(starts, hours, people)
            # What things are worth follows how many there are, else their price would leap about.
            things = drawn.get((_THINGS.get(measure, ""), labels))
            if things is not None:
                means *= things.totals / np.maximum(things.means, 1e-9)
            portion = of_topic.portion(measure, counted=things is not None)
            totals = rng.poisson(means / portion).astype(np.int64) * portion
            drawn[measure, labels] = _Drawn(means, totals)
            place = ("", labels[0]) if len(labels) == 1 else (labels[0], labels[1])
            signals.append(Signalled(measure, place, starts, totals))
    return signals


def split(signals: Iterable[Signalled], begin_ms: int, at_ms: int) -> tuple[list[Signalled], list[Signalled]]:
    """Signals before a time, by block, and from then on, as they are.

    What lies before the begin of all is left out: the few records that were sent late then are no volume.
    Taught as one, they would let evidence listen for a day to learn how a known volume scatters.

    Args:
        signals: sums by slot, rising in time.
        begin_ms: begin of the history, epoch ms.
        at_ms: time from which on slots stay slots, epoch ms.
    """
    before, after = [], []
    for signal in signals:
        is_new = signal.starts >= at_ms
        is_old = (signal.starts >= begin_ms) & ~is_new
        if is_old.any():
            blocks, places = np.unique(signal.starts[is_old] // BLOCK_MS, return_inverse=True)
            totals = np.zeros(len(blocks), np.int64)
            np.add.at(totals, places, signal.totals[is_old])
            before.append(signal._replace(starts=blocks * BLOCK_MS, totals=totals))
        if is_new.any():
            after.append(signal._replace(starts=signal.starts[is_new], totals=signal.totals[is_new]))
    return before, after


def learnt(
    app: str,
    blocks: Sequence[Signalled],
    signals: Sequence[Signalled],
    span: tuple[int, int],
    before: Mapping[bytes, bytes],
    looks: Mapping[int, int] = _NO_LOOKS,
    take: Callable[[int, Iterator[SignalVerdict]], None] = lambda _look, _verdicts: None,
) -> dict[bytes, bytes]:
    """The evidence of an app, or of the pipeline, at the end of a span.

    Args:
        app: empty for the pipeline.
        blocks: sums by block of the time before the span, of all places; those of others are passed over.
        signals: sums by slot, likewise.
        span: begin and end, epoch ms.
        before: its changelog entries at the begin; empty: nothing is known then.
        looks: watermark -> when its verdicts are looked at, of some moments of the span, epoch ms.
        take: gets each such moment with its verdicts.

    Returns:
        its changelog entries.
    """
    evidence = _restored(app, before)
    own = [signal for signal in signals if signal.place[0] == app]
    topics = _topics(app, own)
    begin = span[0] - span[0] % BLOCK_MS
    for signal in blocks:
        if signal.place[0] == app:
            evidence.teach(signal.measure, signal.place[1] or OTHER, signal.starts, signal.totals)
    for topic in topics:
        evidence.close(topic, begin)
    by_hour = _by_hour(own)
    # An hour of the epoch after the other: all that was counted in it, before any of its slots is closed.
    for hour in range(begin - begin % HOUR_MS, span[1], HOUR_MS):
        for signalled, part in by_hour.get(hour // HOUR_MS, ()):
            region = signalled.place[1] or OTHER
            evidence.add_columns(signalled.measure, region, signalled.starts[part], signalled.totals[part])
        since, until = max(hour, begin), min(hour + HOUR_MS, span[1])
        shown = {watermark for watermark in looks if since < watermark <= until}
        for watermark in sorted({*range(since + BLOCK_MS, until + 1, BLOCK_MS), *shown}):
            for topic in topics:
                evidence.close(topic, watermark)
            if watermark in shown:
                take(looks[watermark], evidence.verdicts())
    for topic in topics:
        evidence.close(topic, span[1])
    return {key: value for key, value in {**before, **dict(evidence.drain())}.items() if value}


def _topics(app: str, signals: Iterable[Signalled]) -> list[str]:
    """The topics whose slots are closed: those of an app's signals, or those the pipeline has."""
    if not app:
        return sorted({signal.place[1] for signal in signals})
    topics = list(dict.fromkeys((WATCH, *(signal.topic for signal in PRODUCT.catalogue.signals))))
    topics.remove(EVERY_TOPIC)
    return topics


def _restored(app: str, before: Mapping[bytes, bytes]) -> Evidence:
    own = [signal for signal in PRODUCT.catalogue.signals if (signal.topic == EVERY_TOPIC) == (not app)]
    evidence = Evidence(own, app)
    for key, value in before.items():
        evidence.restore(key, value)
    evidence.resume()
    return evidence


def counted_signals(partials: Iterable[Partial]) -> list[Signalled]:
    """The sums by slot that source lanes have counted, as they tell merge lanes.

    Args:
        partials: of tables of slots.
    """
    tables = {table.name: table for table in slot_tables_of(PRODUCT.catalogue).values()}
    columns: dict[tuple[str, tuple[str, str]], list[tuple[Ints, Ints]]] = defaultdict(list)
    for partial in partials:
        table = tables[partial.table]
        rows = unpacked(partial.rows, partial.keys, partial.sums, table.columns)
        slots = rows.keys[:, 0].astype(np.int64)
        of_each = {measure: bounded_column(table, rows.sums, measure) for measure in table.measures}
        for lot, own in partial.spans():
            place = ("", lot.labels[0]) if len(lot.labels) == 1 else (lot.labels[0], lot.labels[1])
            for measure, values in of_each.items():
                there = np.flatnonzero(values[own])
                if len(there):
                    columns[measure, place].append((slots[own][there], values[own][there]))
    return [_signalled(measure, place, parts) for (measure, place), parts in columns.items()]


def _signalled(measure: str, place: tuple[str, str], parts: Sequence[tuple[Ints, Ints]]) -> Signalled:
    slots, at = np.unique(np.concatenate([slots for slots, _ in parts]), return_inverse=True)
    sums = np.zeros(len(slots), np.int64)
    np.add.at(sums, at, np.concatenate([values for _, values in parts]))
    return Signalled(measure, place, slots * SLOT_MS, sums)


def _by_hour(signals: Sequence[Signalled]) -> dict[int, list[tuple[Signalled, slice]]]:
    """Signals by the hour of the epoch, each with its slots there."""
    by_hour: dict[int, list[tuple[Signalled, slice]]] = defaultdict(list)
    for signal in signals:
        hours, firsts = np.unique(signal.starts // HOUR_MS, return_index=True)
        ends = np.append(firsts[1:], len(signal.starts))
        for hour, first, end in zip(hours.tolist(), firsts.tolist(), ends.tolist(), strict=True):
            by_hour[hour].append((signal, slice(first, end)))
    return by_hour
