"""Identities against what they had before: who came back, who fell, how long the first dollar took."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from stream.catalog.aggregates_past import DaysTo, Fallen, Kept
from stream.catalog.declare import DAY_MS
from stream.windows.figures import Figure, Figures
from stream.windows.formula import NOTHING, Formula, Result, quotient, whole
from stream.windows.people import people

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    import numpy.typing as npt

    from stream.catalog.declare import Measure, Value
    from stream.windows.cells import Labels
    from stream.windows.identity_rows import Keys
    from stream.windows.sums import Sums
    from stream.windows.tables import Table

    Medians = tuple[Keys, npt.NDArray[np.object_]]
_MOST_KNOWN = 64
"""Panels that are remembered: one for each app and business day, and few days are asked for at a time."""


class KeptFormula(Formula):
    """The share of the identities of an earlier day that are there again.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
    """

    dated: ClassVar[bool] = True

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, Kept)
        self._earlier_ms = value.formula.days * DAY_MS
        self._figures = Figures(value.formula.each, self, measures)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The share of each label set that has records."""
        now = self._figures.of(sums, only)
        before = self._figures.of(sums.day(sums.span()[0] - self._earlier_ms, past=True), only)
        return {
            group: quotient(int(np.isin(before[group].keys, ranked.keys).sum()), len(before[group]))
            if group in before and len(before[group])
            else NOTHING
            for group, ranked in now.items()
        }

    def nothing(self) -> Result:
        """Nobody."""
        return NOTHING


class FallenFormula(Formula):
    """The share of a panel whose figure is below half of their own median day.

    Args:
        value: its declaration; its first label is the app.
        measures: all measures by id.
        tables: of those that have identities.
    """

    dated: ClassVar[bool] = True

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        formula = value.formula
        assert isinstance(formula, Fallen)
        assert formula.active is not None
        self._formula = formula
        self._figure = Figure(formula.each.of, measures)
        self._active = Figures(formula.active, self, measures)
        self._known: dict[tuple[Labels, int], Medians] = {}

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The share of each label set that has records."""
        active = self._active.of(sums, only)
        now = people(sums, self, self._formula.each.by, self._formula.each.measures)
        found = dict.fromkeys((group for group in now if only is None or group in only), NOTHING)
        for group, ranked in active.items():
            panel, medians = self._medians(sums, group)
            there = np.isin(panel, ranked.keys)
            figures = np.zeros(len(panel), dtype=object)
            if group in now:
                made, rows = self._figure.of(now[group].sums, np.arange(len(now[group].keys)))
                _put(figures, panel, now[group].keys[rows, 0], made)
            number = int(np.count_nonzero(there))
            fallen = int(np.count_nonzero(there & (2 * figures < medians)))
            found[group] = quotient(fallen, number) if number else NOTHING
        return found

    def nothing(self) -> Result:
        """No panel."""
        return NOTHING

    def _medians(self, sums: Sums, group: Labels) -> Medians:
        """The panel, rising, and each one's median day."""
        end = sums.begin(sums.span()[0], group[0])
        known = self._known.get((group, end))
        if known is None:
            while len(self._known) >= _MOST_KNOWN:
                del self._known[next(iter(self._known))]
            known = self._known[group, end] = self._panel(sums, group, end)
        return known

    def _panel(self, sums: Sums, group: Labels, end: int) -> Medians:
        each, number = self._formula.each, self._formula.days
        days = []
        for start in range(end - number * DAY_MS, end, DAY_MS):
            found = people(sums.day(start, past=True), self, each.by, each.measures).get(group)
            if found is not None:
                figures, rows = self._figure.of(found.sums, np.flatnonzero(found.somebody))
                days.append((found.keys[rows, 0], figures))
        keys = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *(keys for keys, _ in days)]))
        table = np.zeros((len(keys), number), dtype=object)
        for place, (own, figures) in enumerate(days):
            _put(table[:, place], keys, own, figures)
        totals = table.sum(axis=1)
        # Of equal sums the smaller hash is in the panel.
        chosen = sorted(np.flatnonzero(totals > 0), key=lambda row: (-totals[row], row))
        panel = np.sort(np.array(chosen[: self._formula.panel], dtype=np.intp))
        return keys[panel], np.sort(table[panel], axis=1)[:, (number - 1) // 2]


class DaysToFormula(Formula):
    """The median of the days from an identity's begin until its figures add up to the floor.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, DaysTo)
        self._formula = value.formula
        self._figure = Figure(value.formula.each.of, measures)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The median of each label set that has records."""
        found = people(sums, self, self._formula.each.by, self._formula.measures)
        took: dict[Labels, list[int]] = {group: [] for group in found if only is None or group in only}
        begun: dict[Labels, dict[int, tuple[int, int]]] = {group: {} for group in took}
        for day in range(*sums.span(), DAY_MS):
            of_day = people(sums.day(day, past=False), self, self._formula.each.by, self._formula.measures)
            for group, known in of_day.items():
                if group in took:
                    new = known.somebody & (known.sums[self._formula.begin] > 0)
                    begun[group] |= {int(key): (day, 0) for key in known.keys[new, 0]}
                    self._earn(begun[group], took[group], known.keys[:, 0], known.sums, day)
        return {group: self._median(days) for group, days in took.items()}

    def nothing(self) -> Result:
        """Nobody has arrived."""
        return NOTHING

    def _earn(
        self,
        begun: dict[int, tuple[int, int]],
        took: list[int],
        keys: Keys,
        sums: Mapping[str, npt.NDArray[np.int64] | npt.NDArray[np.object_]],
        day: int,
    ) -> None:
        waiting = np.fromiter(begun, dtype=np.uint64, count=len(begun))
        figures, rows = self._figure.of(sums, np.flatnonzero(np.isin(keys, waiting)))
        floor = self._formula.each.floor * self._figure.scale
        for key, figure in zip(keys[rows].tolist(), figures.tolist(), strict=True):
            begin, so_far = begun[key]
            begun[key] = (begin, so_far + figure)
            if so_far + figure >= floor:
                took.append((day - begin) // DAY_MS)
                del begun[key]

    @staticmethod
    def _median(days: list[int]) -> Result:
        return whole(sorted(days)[(len(days) - 1) // 2]) if days else NOTHING


def _put(
    into: npt.NDArray[np.object_],
    keys: Keys,
    own: Keys,
    figures: npt.NDArray[np.int64] | npt.NDArray[np.object_],
) -> None:
    """Write figures where their keys stand among rising ones; the others are passed over."""
    if len(keys):
        place = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        there = keys[place] == own
        into[place[there]] = figures[there].astype(object)
