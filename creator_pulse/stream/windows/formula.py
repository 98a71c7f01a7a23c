"""A value's aggregate, ready to be applied to the sums of windows."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from creator_pulse.stream.aggregates.reading import Reading
from creator_pulse.stream.panes.rows import total as total_of
from creator_pulse.stream.windows.people import people

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.result import Result
    from creator_pulse.stream.catalog.declaration.declare import Measure, Value
    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.windows.plans import Plans
    from creator_pulse.stream.windows.sums import Sums

Derived = TypeVar("Derived")


class Formula:
    """How a value is made of the sums of a merge lane: which it reads, and how they are grouped.

    Args:
        value: declares the aggregate, its labels and its windows.
        measures: all measures by id.
        tables: measure id -> the table that holds its sums.
        plans: that some aggregates compare with; None if no plan is known.

    Attributes:
        measures: ids of those that the value reads.
        reads: names of the measures' tables; results can change only if one of these does.
        floored: whose oldest pane that is needed is noted: tables with keys, of the others single measures.
        read_of: name of a table -> the measures in it that the formula reads.
        past: names of the tables that it reads for business days before its window.
        past_ms: how far back.
        width: how many labels the value has that the aggregate does not make.
        grouping: those labels.
        route: the labels that choose the merge lane.
        cohorts: whether a measure counts reversals at the time of the reversed record.
        slow: whether it looks at so many sums that of business days it is made seldom.
        dated: whether its results depend on when the window is, not on its sums alone.
        prepared: values that the aggregate derived from the declaration, by key.

    Example::

        formula = Formula(value, catalogue.measures, tables_of(catalogue))
        formula.results(sums)  # group -> result
    """

    def __init__(
        self,
        value: Value,
        measures: Mapping[str, Measure],
        tables: Mapping[str, Table] = MappingProxyType({}),
        plans: Plans | None = None,
    ) -> None:
        self.value = value
        self.measures = value.measures
        self.tables = {name: tables[name] for name in self.measures if name in tables}
        # A sum stands in its table; what no window reads in a table stands alone, under the measure's id.
        source = {name: tables[name].name if name in tables else name for name in self.measures}
        self.reads = frozenset(source.values())
        read_of: dict[str, list[str]] = {}
        for name, of in source.items():
            read_of.setdefault(of, []).append(name)
        self.read_of = {of: tuple(names) for of, names in read_of.items()}
        self.floored = frozenset(
            of if name in tables and tables[name].keys else name for name, of in source.items()
        )
        past, self.past_ms = value.formula.past
        self.past = frozenset(source[name] for name in past)
        self.grouping = tuple(name for name in value.labels if name not in value.formula.own_labels)
        self.width = len(self.grouping)
        self.slow = value.formula.slow
        self.dated = value.formula.dated
        self._plans = plans
        self._topics = {name: measures[name].topic for name in self.measures}
        self._scales = {name: measures[name].scale for name in self.measures}
        labels = {
            source[name]: tables[name].plain if name in tables else measures[name].labels
            for name in self.measures
        }
        # Of a sum's labels the places of those that the value has, in the value's order.
        self._places = {
            name: tuple(own.index(label) for label in self.grouping) for name, own in labels.items()
        }
        self._finest = frozenset(name for name, own in labels.items() if own == self.grouping)
        self.route = measures[self.measures[0]].route
        self.cohorts = any(measures[name].time == "original" for name in self.measures)
        self.prepared: dict[object, object] = {}

    @property
    def plans(self) -> Plans:
        """The plans that it compares with."""
        assert self._plans is not None
        return self._plans

    def topic_of(self, measure: str) -> str:
        """The input topic of one of the formula's measures; ``*`` for every one."""
        return self._topics[measure]

    def scale_of(self, measure: str) -> int:
        """The divisor of a measure's sum when it is shown."""
        return self._scales[measure]

    def places_of(self, name: str) -> tuple[int, ...]:
        """Which labels of a sum name its group.

        Args:
            name: of a measure, or of a table.
        """
        return self._places[name]

    def is_finest(self, name: str) -> bool:
        """Whether each label set of a sum is one group, with the same labels in the same order.

        Args:
            name: of a measure, or of a table.
        """
        return name in self._finest

    def group_of(self, name: str, labels: Labels) -> Labels | None:
        """The group that a cell, or a part of a table, belongs to.

        It has the value's labels except those that the aggregate makes; None if the formula does not read it.

        Args:
            name: of a measure, or of a table.
            labels: of the measure, or the plain ones of the table.
        """
        places = self._places.get(name)
        return None if places is None else tuple([labels[place] for place in places])

    def group(self, labels: Labels) -> Labels:
        """The group of one of the formula's results."""
        return labels[: self.width]

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The values of all label sets that have records.

        Args:
            sums: of one window, by measure and labels.
            only: the groups that are wanted; None: all.
        """
        return self.value.formula.results(ValueSums(self, sums, only))

    def nothing(self) -> Result:
        """The value of a label set without records."""
        return self.value.formula.nothing(self.scale_of)


class ValueSums(Reading):
    """A window's sums by the groups of a value.

    Args:
        formula: which sums the value reads, and how they are grouped.
        sums: of one window, by measure and labels.
        only: the groups that are wanted; None: all.
    """

    def __init__(self, formula: Formula, sums: Sums, only: Container[Labels] | None) -> None:
        self._formula = formula
        self._sums = sums
        self._only = only

    def wants(self, group: Labels) -> bool:
        """Whether the result of a group is asked for."""
        return self._only is None or group in self._only

    def scale_of(self, measure: str) -> int:
        """The divisor of a measure's sum when it is shown."""
        return self._formula.scale_of(measure)

    def keys_of(self, measure: str) -> tuple[str, ...]:
        """The hidden labels of a measure, in their order."""
        return self._formula.tables[measure].keys

    def grouped(self, measures: Sequence[str]) -> dict[Labels, dict[str, int]]:
        """The sums of each wanted group that has records."""
        grouped: dict[Labels, dict[str, int]] = {}
        only, tables = self._only, self._formula.tables
        for name in measures:
            table = tables.get(name)
            places = self._formula.places_of(name if table is None else table.name)
            if table is None:
                cells = self._sums.of(name)
            else:
                cells = _totals(self._sums, table, name) if table.keys else self._sums.totals(table)[name]
            if self._formula.is_finest(name if table is None else table.name):
                for group, total in cells.items():
                    if only is None or group in only:
                        grouped.setdefault(group, {})[name] = total
                continue
            for labels, total in cells.items():
                # A list in a tuple: made faster than from a generator, and this runs for each label set and
                # measure.
                group = tuple([labels[place] for place in places])
                if only is None or group in only:
                    of_group = grouped.setdefault(group, {})
                    of_group[name] = of_group.get(name, 0) + total
        return grouped

    def people(self, by: Sequence[str], measures: Sequence[str]) -> Mapping[Labels, People]:
        """The identities of each group, wanted or not."""
        return people(self._sums, self._formula.tables, self._formula.group_of, by, measures)

    def name(self, hashed: int) -> str:
        """The text of a hidden key."""
        return self._sums.name(hashed)

    def span(self) -> tuple[int, int]:
        """Start and end of the window, epoch ms."""
        return self._sums.span()

    def begin(self, time: int, zone: str) -> int:
        """The start of the business day that holds a time, epoch ms."""
        return self._sums.begin(time, zone)

    def day(self, start: int, *, past: bool) -> ValueSums:
        """The same value's sums on one business day."""
        return ValueSums(self._formula, self._sums.day(start, past=past), self._only)

    def plans(self, kind: str) -> Mapping[int, list[Entry]]:
        """The dated entries of a reference, by the hidden key of their id."""
        return self._formula.plans.of(kind)

    def once(self, key: object, measures: Sequence[str], make: Callable[[], Derived]) -> Derived:
        """Compute from some measures by group, and again only if they change."""
        tables = self._formula.tables
        reads = frozenset(tables[name].name if name in tables else name for name in measures)
        return self._sums.once((key, self._formula.grouping), reads, make)

    def always(self, key: object, make: Callable[[], Derived]) -> Derived:
        """Compute once for the value."""
        prepared = self._formula.prepared
        if key not in prepared:
            prepared[key] = make()
        result: Derived = prepared[key]  # type: ignore[assignment]
        return result


def _totals(sums: Sums, table: Table, measure: str) -> dict[Labels, int]:
    """The sums of a measure over all identities."""
    return {labels: total_of(table, rows.sums, measure) for labels, rows in sums.rows(table.name).items()}


def named(value: Value, labels: Labels) -> dict[str, str]:
    """A value's labels with their names, in the order of the names."""
    # Each result that is shown passes here at each commit: one label alone takes an eighth of the time.
    if len(labels) == 1 and not value.fixed:
        return {value.labels[0]: labels[0]}
    return dict(sorted((dict(zip(value.labels, labels, strict=True)) | dict(value.fixed)).items()))
