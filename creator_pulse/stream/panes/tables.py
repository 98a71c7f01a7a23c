"""Which sums lie side by side: one key serves all measures with the same labels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import FOLDED, IDENTITIES, MERGE_KEY, ZONED
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.catalog.declaration.declare import Measure

COUNT = "#"
"""The last column of a table without keys counts increments: a row of them may have sums of 0."""
EVERY, TOPIC = "*", "topic"
"""The event type of measures that count records of every type; their label."""
SLOT = "slot"
"""The key of sums by slot: its number since the epoch."""
PANE_MINUTE = "minute"
"""The key of sums by label and minute: its number since the epoch."""
MIDDLE, HIGH = "^", "^^"
"""End the names of the columns that hold the upper parts of a sum."""


@dataclass(frozen=True, slots=True)
class Table:
    """Measures of one event type with the same labels, read by windows with the same steps.

    Attributes:
        name: in records and entries; it changes only with labels, steps and time.
        event: event type.
        plain: labels whose values split it into parts: those that some series may show.
        keys: hidden labels, whose values name a row; none where a label set is one row.
        levels: steps of the windows that read it, ms.
        measures: ids.
        columns: of the sums: the id of each measure; with more limbs also with ``MIDDLE``, ``HIGH``.
        lows: places of the columns that hold a lower part of a sum, rising; the next holds the upper part.
        route: the labels among the plain ones that choose the merge lane.
        named: steps of the windows that want to know the texts behind its keys.
        by_original: whether a reversal counts at the time of the record that it takes back.
        read: without keys: at each level, how many of the measures some window reads there.

    Example:
        >>> columns = ("coins", "coins^", "gifts")
        >>> steps, route = (MINUTE_MS,), ("app",)
        >>> sums = ("coins", "gifts"), columns, (0,)
        >>> table = Table("t", "gift_sent", ("app",), ("viewer_id",), steps, *sums, route, frozenset())
        >>> table.places("coins"), table.places("gifts")
        (range(0, 2), range(2, 3))
    """

    name: str
    event: str
    plain: tuple[str, ...]
    keys: tuple[str, ...]
    levels: tuple[int, ...]
    measures: tuple[str, ...]
    columns: tuple[str, ...]
    lows: tuple[int, ...]
    route: tuple[str, ...]
    named: frozenset[int]
    by_original: bool = False
    read: tuple[int, ...] = ()
    _places: Mapping[str, range] = field(init=False, compare=False, repr=False)
    _route_places: tuple[int, ...] = field(init=False, compare=False, repr=False)
    _sets: dict[tuple[str, ...], frozenset[int]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Look each measure's columns up once: they are asked for with every window."""
        object.__setattr__(self, "_places", {name: self._columns_of(name) for name in self.measures})
        object.__setattr__(self, "_route_places", tuple(self.plain.index(name) for name in self.route))
        object.__setattr__(self, "_sets", {})

    def cells(self, level: int) -> int:
        """Without keys: how many of the measures some window reads at a level, of each label set."""
        return self.read[self.levels.index(level)]

    def routed(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """The values that choose the merge lane, of some plain labels in the order of ``plain``."""
        return tuple([labels[place] for place in self._route_places])

    def places(self, measure: str) -> range:
        """The places of a measure's columns, its low part first."""
        return self._places[measure]

    def places_of(self, measures: tuple[str, ...]) -> frozenset[int]:
        """The places of the columns of some measures."""
        places = self._sets.get(measures)
        if places is None:
            places = self._sets[measures] = frozenset(at for name in measures for at in self.places(name))
        return places

    def _columns_of(self, measure: str) -> range:
        first = self.columns.index(measure)
        last = first
        # A low column is followed by what is above it: the first one that is not low is the measure's last.
        while last in self.lows:
            last += 1
        return range(first, last + 1)


@cache
def tables_of(catalogue: Catalogue) -> Mapping[str, Table]:
    """Measure id -> the table that windows read it from; ``#`` and a topic -> the topic's outcomes.

    All lanes of a process share them.

    Raises:
        CatalogError: a measure has an identity and a label that is not known before records are summed.
    """
    named: dict[str, set[int]] = {}
    for value in catalogue.values:
        if value.formula.names_somebody:
            for name in value.measures:
                named.setdefault(name, set()).update(
                    catalogue.windows[label].step_ms for label in value.windows
                )
    exposed = {
        name for value in catalogue.values for name in value.measures if IDENTITIES & set(value.labels)
    }
    # Results by identity are stated one by one: their sums are split by all labels, without hidden keys.
    levels = {name: steps for name, steps in catalogue.levels.items() if name not in exposed}
    groups: dict[tuple[str, ...], list[Measure]] = {}
    for measure in catalogue.measures.values():
        if measure.hidden and measure.id in levels:
            if {FOLDED, "topic"} & set(measure.labels) or measure.rows != "accepted":
                raise CatalogError(
                    f"{measure.id}: a sum of an identity is of accepted rows, and has no {FOLDED}"
                )
            groups.setdefault(_kind(measure), []).append(measure)
    by_measure: dict[str, Table] = {}
    for kind, measures in groups.items():
        for group in _split(measures, levels):
            steps = tuple(sorted({step for measure in group for step in levels[measure.id]}))
            table = _table("|".join((*kind, ",".join(map(str, steps)))), group, steps, named, group[0].hidden)
            by_measure |= {measure.id: table for measure in group}
    for table in _keyless(catalogue, by_measure.keys()):
        by_measure |= dict.fromkeys(table.measures, table)
    return by_measure


@cache
def slot_tables_of(catalogue: Catalogue) -> Mapping[str, Table]:
    """Event type -> the table for signals: sums by app, region and slot; the slot's number is the key.

    All signals of an app meet in one merge lane, that of the app alone, so that one state expects them all.
    Finer labels are summed over. ``*`` stands for counts of every record of a topic, whatever its outcome.
    They are in no pane: because the slot is a key, a backlog that brings hundreds of slots costs only rows.
    """
    groups: dict[str, list[Measure]] = {}
    for name in sorted(catalogue.signalled):
        measure = catalogue.measures[name]
        groups.setdefault(measure.event, []).append(measure)
    return {event: _slots(event, group) for event, group in groups.items()}


@cache
def breakdown_tables_of(catalogue: Catalogue) -> Mapping[str, Table]:
    """Event type -> the table of the breakdown: sums of the signals' measures by all labels and minute.

    The labels are hashed keys, as of identities, since some have as many values as their sender likes; their
    texts are told beside them. They meet where the signals of the app do, and are in no pane.
    """
    tables = {}
    for breakdown in catalogue.breakdowns:
        group = [
            measure
            for name in sorted(catalogue.signalled)
            if (measure := catalogue.measures[name]).event == breakdown.event
        ]
        if group:
            keys = (*breakdown.labels, PANE_MINUTE)
            table = _table(f"{breakdown.event}|breakdown", group, (HOUR_MS,), {}, keys)
            tables[breakdown.event] = replace(
                table, plain=MERGE_KEY, route=(ZONED,), named=frozenset({HOUR_MS})
            )
    return tables


def _slots(event: str, group: list[Measure]) -> Table:
    table = _table(f"{event}|slots", group, (SLOT_MS,), {}, (SLOT,))
    if event == EVERY:
        return replace(table, plain=(TOPIC,), route=())
    return replace(table, plain=MERGE_KEY, route=(ZONED,))


def _keyless(catalogue: Catalogue, keyed: Collection[str]) -> Iterator[Table]:
    """The tables of sums that no identity splits: their rows are named by their plain labels alone.

    What lies side by side there has records in the same panes: a source lane counts it row by row together.
    """
    groups: dict[tuple[str, ...], list[Measure]] = {}
    # In the order of their ids, not of the set that they come from: all processes write the same bytes.
    for name, steps in sorted(catalogue.levels.items()):
        levels = tuple(sorted(steps))
        if name.startswith("#"):
            columns, read = (name, COUNT), (1,) * len(levels)
            yield Table(name, "", ("outcome",), (), levels, (name,), columns, (), (), frozenset(), read=read)
        elif name not in keyed:
            measure = catalogue.measures[name]
            kind = (measure.event, ",".join(measure.labels), measure.rows, measure.time)
            alone = name if measure.rows == "every" else ""
            groups.setdefault((*kind, alone), []).append(measure)
    for of_group, group in groups.items():
        steps_of = [catalogue.levels[measure.id] for measure in group]
        levels = tuple(sorted(frozenset[int]().union(*steps_of)))
        table = _table("|".join((*of_group, "labels")), group, levels, {}, ())
        yield replace(
            table,
            columns=(*table.columns, COUNT),
            read=tuple(sum(level in of_measure for of_measure in steps_of) for level in levels),
        )


def _kind(measure: Measure) -> tuple[str, ...]:
    """What measures of one table have in common."""
    size = "" if measure.bucket is None else measure.id
    return measure.event, ",".join(measure.labels), size, measure.time


def _split(measures: list[Measure], levels: Mapping[str, frozenset[int]]) -> Iterator[list[Measure]]:
    """Those that are summed by the minute, and those by the hour.

    Measures read by days only join the others, so that there is one table less to sum: days are few. Measures
    read by hours stay apart, because minutes would hold sums that nobody reads there.
    """
    finest = {measure.id: min(levels[measure.id]) for measure in measures}
    minutes = [measure for measure in measures if finest[measure.id] == MINUTE_MS]
    hours = [measure for measure in measures if finest[measure.id] == HOUR_MS]
    days = [measure for measure in measures if finest[measure.id] == DAY_MS]
    if hours or not minutes:
        hours += days
    else:
        minutes += days
    yield from (group for group in (minutes, hours) if group)


def _table(
    name: str,
    group: list[Measure],
    levels: tuple[int, ...],
    named: Mapping[str, set[int]],
    keys: tuple[str, ...],
) -> Table:
    columns: list[str] = []
    lows: list[int] = []
    # By id, so that what is stored does not depend on the order of declarations.
    group = sorted(group, key=lambda measure: measure.id)
    for measure in group:
        limbs = measure.limbs
        # All limbs but the last one are low: 36 bits each, the last one has the sign.
        lows += range(len(columns), len(columns) + limbs - 1)
        columns += [measure.id + end for end in ("", MIDDLE, HIGH)[:limbs]]
    first = group[0]
    return Table(
        name=name,
        event=first.event,
        plain=tuple(label for label in first.labels if label not in keys),
        keys=keys,
        levels=levels,
        measures=tuple(measure.id for measure in group),
        columns=tuple(columns),
        lows=tuple(lows),
        route=first.route,
        by_original=first.time == "original",
        named=frozenset(step for measure in group for step in named.get(measure.id, ())),
    )


def names_of(measures: tuple[str, ...], tables: Mapping[str, Table]) -> frozenset[str]:
    """Where the sums of measures stand: the name of the table, or the measure itself."""
    return frozenset(tables[name].name if name in tables else name for name in measures)
