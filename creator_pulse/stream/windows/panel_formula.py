"""A panel of identities against what they had: whose figure fell, and who depends on few others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.stream.catalog.aggregates_past import Dependent, OverPanel
from creator_pulse.stream.catalog.declare import DAY_MS
from creator_pulse.stream.windows.figures import Figure, Figures
from creator_pulse.stream.windows.formula import NOTHING, Formula, Result, quotient
from creator_pulse.stream.windows.partners import Partners, tested
from creator_pulse.stream.windows.people import people

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.identity_rows import Keys
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table

    Medians = tuple[Keys, npt.NDArray[np.object_]]
_MOST_KNOWN = 64
"""Panels that are remembered: one for each app and business day, and few days are asked for at a time."""


class PanelFormula(Formula):
    """What all formulas over a panel share.

    Args:
        value: its declaration; its first label is the app.
        measures: all measures by id.
        tables: of those that have identities.
    """

    dated: ClassVar[bool] = True

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        formula = value.formula
        assert isinstance(formula, OverPanel)
        assert formula.active is not None
        self._formula = formula
        self._figure = Figure(formula.each.of, measures)
        self._active = Figures(formula.active, self, measures)
        self._known: dict[tuple[Labels, int], Medians] = {}

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


class FallenFormula(PanelFormula):
    """The share of a panel whose figure is below half of their own median day; built as any panel."""

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


class DependentFormula(PanelFormula):
    """The share of a panel whose few largest partners hold most of their sum; built as any panel."""

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        formula = value.formula
        assert isinstance(formula, Dependent)
        assert formula.on is not None
        self._on = formula.on
        (self._partner,) = set(self.tables[formula.on.measure].keys) - set(formula.each.by)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The share of each label set that has records."""
        by, on = self._formula.each.by, self._on
        active = self._active.of(sums, only)
        whole = people(sums, self, by, on.measures)
        pairs = Partners(people(sums, self, (*by, self._partner), on.measures))
        earned = people(sums, self, by, self._formula.each.measures)
        groups = (group for group in (*earned, *whole) if only is None or group in only)
        found = dict.fromkeys(groups, NOTHING)
        for group, ranked in active.items():
            panel, _ = self._medians(sums, group)
            there = panel[np.isin(panel, ranked.keys)]
            dependent = 0
            if group in whole:
                rows = np.flatnonzero(np.isin(whole[group].keys[:, 0], there))
                dependent = len(tested(on, whole[group], rows, pairs, group).rows)
            found[group] = quotient(dependent, len(there)) if len(there) else NOTHING
        return found


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
