"""Identities against what they had before: who came back, how long the first dollar took."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.stream.catalog.aggregates_past import DaysTo, Kept
from creator_pulse.stream.catalog.declare import DAY_MS
from creator_pulse.stream.windows.figures import Figure, Figures
from creator_pulse.stream.windows.formula import NOTHING, Formula, Result, quotient, whole
from creator_pulse.stream.windows.people import people

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.identity_rows import Keys
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table


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
