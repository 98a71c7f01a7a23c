"""What an hour of viewing adds to each sum: measured on minutes of the live generator.

The records of some minutes go through source lanes of their own, and what these sum is divided by the viewing
of those minutes: a rate, by which the past is drawn.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from creator_pulse.proof.past.money import CLICK, is_left_out
from creator_pulse.proof.past.shares import markets_of, traffic
from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.shorthand import PLACE
from creator_pulse.stream.events.engagement import ENGAGEMENT
from creator_pulse.stream.events.watch import WATCH
from creator_pulse.stream.generator.ad_traffic import LIVE
from creator_pulse.stream.generator.generator import CREATORS, audience, events
from creator_pulse.stream.generator.population import Population
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.cells import Labels  # noqa: TC001 - msgspec reads the fields of TopicRates
from creator_pulse.stream.panes.lateness import LATE_LOST
from creator_pulse.stream.panes.rows import totals, unpacked
from creator_pulse.stream.panes.tables import slot_tables_of, tables_of
from creator_pulse.stream.settings import APPS
from creator_pulse.stream.topology import PRODUCT, LaneClasses, Topology
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings

AT_MS = 1_767_614_400_000
"""Monday 2026-01-05, 12:00 UTC: when the measured minutes are."""
MINUTES = 8.0
DRAWN_TOPICS = ("ad", "watch", "engagement")
"""Of which all is drawn; of ``purchase`` the clicks on products are."""
MOST_KEYS = 1_000
"""Sums by identity are drawn where the minutes show at most so many: campaigns, and creators with a share in
ads. Of all who watch there are too many for weeks."""
_OF_VIEWING = frozenset(WATCH.types() | ENGAGEMENT.types())
"""The event types whose sums by creator follow who is watched."""
_RARE = 120
"""Of an event type with fewer records in all places together, a place has hardly any: its rate is chance."""
_PRIOR = 10.0
"""So many records of the rate of all places stand beside those of a place then."""
_LOOK_UP = 10_000
"""So many records between two calls: a fifth of a second."""
_SPREAD = 1.4
"""Mean square by squared mean of what one record adds: prices and times are unequal."""
_THINNED = ("gift", "content")
"""Topics of whose records the past leaves some out."""
_STREAK = re.compile(r'"group_id":"([^"]*)"')
Key = tuple[int, ...]
Attention = Mapping[str, Mapping[int, float]]


@dataclass(slots=True)
class TopicRates:
    """The rates of a topic's sums, for each unit of viewing and millisecond.

    Attributes:
        cells: measure and labels -> rate.
        rows: table -> labels and key -> measure -> rate; of tables that identities split.
        slots: measure and labels -> rate, of the sums by slot that signals are made of.
        sizes: measure -> what one record adds to it on average, at least 1; of records read, which come in
            streaks, how many come together.
        undrawn: names of tables that hold too many identities: they have no past.
    """

    cells: dict[tuple[str, Labels], float] = field(default_factory=dict)
    rows: dict[str, dict[tuple[Labels, Key], dict[str, float]]] = field(default_factory=dict)
    slots: dict[tuple[str, Labels], float] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    undrawn: set[str] = field(default_factory=set)

    def portion(self, measure: str, *, counted: bool = False) -> int:
        """The unit in which a measure is drawn: 1, or for money and time about the mean of a record.

        Args:
            measure: id of a drawn measure.
            counted: whether the number of records is drawn already: only their sizes vary then.
        """
        size = self.sizes.get(measure, 1.0)
        return 1 if size <= 1.0 else max(1, round(size * (_SPREAD - counted)))


def measured(
    seed: int,
    rate: float,
    world: World,
    settings: Settings,
    key: HashKey,
    minutes: float = MINUTES,
    go_on: Callable[[], None] = lambda: None,
) -> dict[str, TopicRates]:
    """Run the live generator for some minutes, and measure.

    Args:
        seed: of the live run.
        rate: of the live run, records per second.
        world: of the live run.
        settings: regions with series of their own.
        key: of the installation, under which identities are hashed.
        minutes: length of the measured traffic.
        go_on: called now and then; an exception from it ends the measuring.

    Returns:
        the rates by topic.
    """
    end_ms = AT_MS + round(minutes * MINUTE_MS)
    by_topic: dict[str, list[Produced]] = defaultdict(list)
    left_out: dict[str, Counter[str]] = {topic: Counter() for topic in _THINNED}
    for number, record in enumerate(events(seed, rate, AT_MS, 1, 1, world=world)):
        if not number % _LOOK_UP:
            go_on()
        if record.timestamp_ms >= end_ms:
            break
        kind = _kind(record)
        if record.topic in DRAWN_TOPICS or kind == CLICK:
            by_topic[record.topic].append(record)
        elif record.topic in _THINNED and record.value is not None:
            text, streaks = record.value.decode("latin-1"), left_out[record.topic]
            if is_left_out(kind, text):
                streak = _STREAK.search(text)
                # A record that is of no streak comes alone.
                streaks[streak[1] if streak else str(len(streaks))] += 1
    viewing = _Viewing(settings, world, end_ms)
    population = Population(Random(seed), CREATORS, audience(rate, world), AT_MS, world)
    attention = {
        app: {key.identity_of(name): share for name, share in population.attention(app, LIVE).items()}
        for app in APPS
    }
    topology = Topology(settings, key, classes=LaneClasses(source=_Measured))
    rates = {}
    for topic, records in by_topic.items():
        lane = topology.source_lane(topic)
        assert isinstance(lane, _Measured)
        rows = lane.sums(records, end_ms)
        rates[topic] = _rates(lane.totals, rows, Counter(map(_kind, records)), viewing, attention)
    for topic, streaks in left_out.items():
        rates[topic] = _rates_of_streaks(topic, streaks.values(), viewing)
    return rates


def _rates_of_streaks(topic: str, lengths: Iterable[int], viewing: _Viewing) -> TopicRates:
    """The rate of a topic's records that the past leaves out.

    Their number scatters as much as if a fixed number came together: the mean square of the lengths by their
    mean. Drawn one by one they would look steadier than live ones ever are, and each busy minute be a fault.

    Args:
        topic: that the records are of.
        lengths: of each streak, in records.
        viewing: of the measured minutes.
    """
    counts = list(lengths)
    total = sum(counts)
    together = sum(count * count for count in counts) / total if total else 1.0
    return TopicRates(
        slots={("records_read", (topic,)): total / viewing.of(("topic",), (topic,))},
        sizes={"records_read": together / _SPREAD},
    )


class _Measured(SourceLane):
    """A source lane whose sums are read."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.totals: Counter[tuple[str, Labels]] = Counter()

    def _take(self, cells: Iterable[Cell]) -> None:
        for name, labels, _, kind, total in cells:
            if kind < LATE_LOST:
                self.totals[name, labels] += total

    def sums(
        self, records: Iterable[Produced], end_ms: int
    ) -> dict[str, dict[tuple[Labels, Key], Counter[str]]]:
        """Count records; give the sums of the tables that identities split."""
        self.start_at(0, lost=0)
        columns = [(record.timestamp_ms, record.key, record.value) for record in records]
        times, keys, values = (list(column) for column in zip(*columns, strict=True))
        self.apply(Batch.of(range(len(times)), times, keys, values))
        checkpoint = self.checkpoint(end_ms)
        assert checkpoint is not None
        tables, slots = _tables(), _slot_tables()
        sums: dict[str, dict[tuple[Labels, Key], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for out in checkpoint.outgoing:
            if out.topic == PANE_TOPIC and out.value is not None:
                for partial in pane_record.decode(out.value).parts:
                    table = tables.get(partial.table) or slots.get(partial.table)
                    if table is not None and table.keys:
                        _add(table, partial, sums[partial.table], keyed=partial.table not in slots)
        return sums


def _tables() -> dict[str, Table]:
    return {table.name: table for table in tables_of(PRODUCT.catalogue).values()}


def _slot_tables() -> dict[str, Table]:
    return {table.name: table for table in slot_tables_of(PRODUCT.catalogue).values()}


def _add(
    table: Table, partial: pane_record.Partial, into: dict[tuple[Labels, Key], Counter[str]], *, keyed: bool
) -> None:
    rows = unpacked(partial.rows, partial.keys, partial.sums, table.columns)
    of_each = totals(table, rows.sums)
    keys: list[Key] = [tuple(key) if keyed else () for key in rows.keys.tolist()]
    for lot, own in partial.spans():
        for row in range(own.start, own.stop):
            counter = into[lot.labels, keys[row]]
            for measure, values in of_each.items():
                counter[measure] += values[row]


def _kind(record: Produced) -> str:
    """The event type of a record; empty if it says none."""
    _, _, rest = (record.value or b"").partition(b'"event_type":"')
    return rest.partition(b'"')[0].decode("latin-1")


class _Viewing:
    """How much was watched in the measured minutes, by a label set.

    Args:
        settings: regions with series of their own.
        world: rhythm and growth of the audience.
        end_ms: of the minutes, epoch ms.
    """

    def __init__(self, settings: Settings, world: World, end_ms: int) -> None:
        self._settings, self._world, self._end_ms = settings, world, end_ms

    def of(self, plain: tuple[str, ...], labels: Labels) -> float:
        """Relative to all on the mean of a week, times ms; 0 of a region that no market has."""
        markets = markets_of(dict(zip(plain, labels, strict=True)), self._settings.regions)
        # The live run begins with the audience that its rate says: so do these minutes.
        people = traffic(markets, (AT_MS + self._end_ms) / 2, AT_MS, self._world)
        return people * (self._end_ms - AT_MS)


def _rates(
    cells: Mapping[tuple[str, Labels], int],
    rows: Mapping[str, Mapping[tuple[Labels, Key], Counter[str]]],
    kinds: Mapping[str, int],
    viewing: _Viewing,
    attention: Attention,
) -> TopicRates:
    rates, measures = TopicRates(), PRODUCT.catalogue.measures
    tables, slot_tables = _tables(), _slot_tables()
    sums: Counter[str] = Counter()
    for (name, labels), total in cells.items():
        viewer_ms = viewing.of(measures[name].labels, labels)
        # A region that no market has is a mistake of a producer, and has no past.
        if total and viewer_ms > 0:
            rates.cells[name, labels] = total / viewer_ms
            sums[name] += total
    for name, of_table in rows.items():
        if name in slot_tables:
            of_slots = _each(of_table, slot_tables[name].plain, viewing)
            rates.slots |= {
                (measure, labels): rate
                for (labels, _), row in of_slots.items()
                for measure, rate in row.items()
            }
        # Minutes show some of all creators; over hours each has a part of the viewing.
        elif tables[name].keys == ("creator_id",) and tables[name].event in _OF_VIEWING:
            spread = _spread(of_table, tables[name].plain.index("app"), attention)
            rates.rows[name] = _each(spread, tables[name].plain, viewing)
        # Of those who watch they show a few of many.
        elif "viewer_id" not in tables[name].keys and len({key for _, key in of_table}) <= MOST_KEYS:
            rates.rows[name] = _each(of_table, tables[name].plain, viewing)
        else:
            rates.undrawn.add(name)
        whole: Counter[str] = Counter()
        for counter in of_table.values():
            whole.update(counter)
        # One that is a cell as well is counted already.
        sums.update({measure: total for measure, total in whole.items() if measure not in sums})
    for name, total in sums.items():
        records = kinds.get(measures[name].event, 0)
        rates.sizes[name] = max(1.0, total / records) if records else 1.0
    _pool_rare(rates, kinds, viewing)
    return rates


def _pool_rare(rates: TopicRates, kinds: Mapping[str, int], viewing: _Viewing) -> None:
    """Of rare event types, let a place have its own rate and some of the rate of all places together.

    Args:
        rates: as the minutes show them, by measure and place; replaced.
        kinds: how many records of each event type there are.
        viewing: the viewing time of the minutes, by place.
    """
    measures = PRODUCT.catalogue.measures
    by_place = [key for key in rates.cells if measures[key[0]].labels == PLACE]
    places = {labels: viewing.of(PLACE, labels) for _, labels in by_place}
    for name in sorted({name for name, _ in by_place}):
        if kinds.get(measures[name].event, _RARE) < _RARE:
            sums = {
                labels: rates.cells.get((name, labels), 0.0) * viewer_ms
                for labels, viewer_ms in places.items()
            }
            prior = _PRIOR * rates.sizes[name]
            # Viewing that brings the records of the prior, at the rate of all.
            beside = prior * sum(places.values()) / sum(sums.values())
            for labels, viewer_ms in places.items():
                rates.cells[name, labels] = (sums[labels] + prior) / (viewer_ms + beside)


def _spread(
    of_table: Mapping[tuple[Labels, Key], Counter[str]], app_place: int, attention: Attention
) -> dict[tuple[Labels, Key], dict[str, float]]:
    """The sums of creators as they are expected: each has a part of all, by who is watched.

    Args:
        of_table: as the minutes show them.
        app_place: of the app among the labels.
        attention: app -> key of a creator -> share of the viewing.
    """
    sums: dict[Labels, Counter[str]] = defaultdict(Counter)
    for (labels, _), counter in of_table.items():
        sums[labels].update(counter)
    return {
        (labels, (creator,)): {measure: total * share for measure, total in of_all.items()}
        for labels, of_all in sums.items()
        for creator, share in attention.get(labels[app_place], {}).items()
    }


def _each(
    of_table: Mapping[tuple[Labels, Key], Mapping[str, float]], plain: tuple[str, ...], viewing: _Viewing
) -> dict[tuple[Labels, Key], dict[str, float]]:
    rates = {}
    for (labels, key), counter in of_table.items():
        viewer_ms = viewing.of(plain, labels)
        if viewer_ms > 0:
            rates[labels, key] = {measure: total / viewer_ms for measure, total in counter.items() if total}
    return rates
