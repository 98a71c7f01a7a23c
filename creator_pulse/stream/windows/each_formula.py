"""How a total lies over identities: number, quantiles, inequality, leaderboards; all of it exact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.catalog.aggregates import (
    Gini,
    Number,
    OverEach,
    Per,
    QuantileOf,
    Reach,
    TopK,
    TopShare,
)
from creator_pulse.stream.windows.figures import Figures, Ranked
from creator_pulse.stream.windows.formula import NOTHING, Formula, Result, quotient, whole
from creator_pulse.stream.windows.formulas import SumFormula

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table

OTHER_RANK = "other"
"""What a leaderboard has besides its ranks."""


class EachFormula(Formula):
    """One number about the figures of identities.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, OverEach)
        self._formula = value.formula
        self._figures = Figures(value.formula.each, self, measures)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The number of each label set that has records."""
        found = self._figures.of(sums, only)
        return {group: self._result(ranked) for group, ranked in found.items()}

    def nothing(self) -> Result:
        """Nobody: their number is 0, all else has no value."""
        return whole(0) if isinstance(self._formula, Number) else NOTHING

    def _result(self, ranked: Ranked) -> Result:
        formula = self._formula
        if isinstance(formula, Number):
            return whole(len(ranked))
        if not ranked:
            return NOTHING
        if isinstance(formula, QuantileOf):
            place = (len(ranked) - 1) * formula.permille // 1000
            return quotient(int(ranked.figures[-1 - place]), self._figures.scale)
        if isinstance(formula, Gini):
            return _gini(ranked)
        assert isinstance(formula, TopShare)
        count = formula.count or -(-len(ranked) * formula.percent // 100)
        return quotient(int(ranked.figures[:count].sum()), int(ranked.figures.sum()))


class PerFormula(Formula):
    """A sum, or a number of identities, by a number of identities.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        formula = value.formula
        assert isinstance(formula, Per | Reach)
        self._each = Figures(formula.each, self, measures)
        self._among: Figures | None = None
        self._sum: SumFormula | None = None
        if isinstance(formula, Reach):
            assert formula.among is not None
            self._among = Figures(formula.among, self, measures)
        else:
            assert formula.of is not None
            self._factor = formula.factor
            self._sum = SumFormula(replace(value, formula=formula.of), measures, tables)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The quotient of each label set that has records."""
        numbers = self._numbers(self._each, sums, only)
        if self._among is not None:
            below = self._numbers(self._among, sums, only)
            return {
                group: quotient(numbers.get(group, 0), number) if number else NOTHING
                for group, number in ({**dict.fromkeys(numbers, 0), **below}).items()
            }
        assert self._sum is not None
        made = self._sum.results(sums, only)
        return {group: self._by(made.get(group), numbers.get(group, 0)) for group in {**made, **numbers}}

    def nothing(self) -> Result:
        """Nobody is no denominator."""
        return NOTHING

    def _by(self, made: Result | None, number: int) -> Result:
        if not number:
            return NOTHING
        total = 0 if made is None or made.exact is None else int(made.exact)
        return quotient(total * self._factor, number * (1 if made is None else made.scale))

    @staticmethod
    def _numbers(figures: Figures, sums: Sums, only: Container[Labels] | None) -> dict[Labels, int]:
        return {group: len(ranked) for group, ranked in figures.of(sums, only).items()}


class TopFormula(Formula):
    """A leaderboard.

    Args:
        value: its declaration; its last label is the rank.
        measures: all measures by id.
        tables: of those that have identities.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, TopK)
        self._formula = value.formula
        self._figures = Figures(value.formula.each, self, measures)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """One result for each rank that is taken, and one for the others; together the total."""
        found: dict[Labels, Result] = {}
        for group, ranked in self._figures.of(sums, only).items():
            if not ranked.total:
                continue
            top = self._top(ranked, sums)
            for rank, (figure, who) in enumerate(top, 1):
                found[*group, str(rank)] = self._result(figure, ranked.total, who)
            rest = ranked.total - sum(figure for figure, _ in top)
            found[*group, OTHER_RANK] = self._result(rest, ranked.total)
        return found

    def _top(self, ranked: Ranked, sums: Sums) -> list[tuple[int, Labels]]:
        """The first ranks; of equal figures the smaller id comes first."""
        count = min(self._formula.k, len(ranked))
        if not count:
            return []
        upto = int(np.count_nonzero(ranked.figures >= ranked.figures[count - 1]))
        named = [
            (int(figure), tuple(map(sums.name, who)))
            for figure, who in zip(ranked.figures[:upto], ranked.keys[:upto].tolist(), strict=True)
        ]
        return sorted(named, key=lambda one: (-one[0], one[1]))[:count]

    def nothing(self) -> Result:
        """A rank that nobody has."""
        return NOTHING

    def _result(self, figure: int, total: int, who: Labels = ()) -> Result:
        made = quotient(figure, total) if self._formula.share else whole(figure, self._figures.scale)
        return Result(made.number, made.exact, made.scale, who=who)


def _gini(ranked: Ranked) -> Result:
    """G = 2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n, with x rising and i from 1: one exact fraction."""
    figures = ranked.figures.astype(object)
    number, total = len(ranked), figures.sum()
    weighted = (np.arange(number, 0, -1) * figures).sum()
    return quotient(int(2 * weighted - (number + 1) * total), int(number * total))
