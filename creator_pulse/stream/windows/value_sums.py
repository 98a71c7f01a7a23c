"""A value's sums in one window, as its aggregate reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from creator_pulse.stream.aggregates.reading import Reading
from creator_pulse.stream.windows.identity_rows import total as total_of
from creator_pulse.stream.windows.people import people

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table

Made = TypeVar("Made")


class ValueSums(Reading):
    """A window's sums by the groups of a value.

    Args:
        formula: of the value.
        sums: of the window.
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
        """What the sum of a measure is divided by where it is shown."""
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
            cells = self._sums.of(name) if table is None else _totals(self._sums, table, name)
            for labels, total in cells.items():
                group = tuple([labels[place] for place in places])
                if only is None or group in only:
                    of_group = grouped.setdefault(group, {})
                    of_group[name] = of_group.get(name, 0) + total
        return grouped

    def people(self, by: Sequence[str], measures: Sequence[str]) -> Mapping[Labels, People]:
        """The identities of each group, wanted or not."""
        return people(self._sums, self._formula, by, measures)

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
        """The same value's sums of identities on one business day."""
        return ValueSums(self._formula, self._sums.day(start, past=past), self._only)

    def plans(self, kind: str) -> Mapping[int, list[Entry]]:
        """The dated entries of a reference, by the hidden key of their id."""
        return self._formula.plans.of(kind)

    def once(self, key: object, measures: Sequence[str], make: Callable[[], Made]) -> Made:
        """What is made of some measures by group, made again only if they change."""
        tables = self._formula.tables
        reads = frozenset(tables[name].name if name in tables else name for name in measures)
        return self._sums.once((key, self._formula.grouping), reads, make)

    def always(self, key: object, make: Callable[[], Made]) -> Made:
        """What is made once for the value."""
        prepared = self._formula.prepared
        if key not in prepared:
            prepared[key] = make()
        made: Made = prepared[key]  # type: ignore[assignment]
        return made


def _totals(sums: Sums, table: Table, measure: str) -> dict[Labels, int]:
    """The sums of a measure over all identities."""
    return {labels: total_of(table, rows.sums, measure) for labels, rows in sums.rows(table.name).items()}
