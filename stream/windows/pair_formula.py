"""What flows both ways between two identities, as a share of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stream.catalog.aggregates_past import Reciprocal
from stream.windows.figures import Figures, Ranked
from stream.windows.formula import NOTHING, Formula, Result, quotient
from stream.windows.identity_rows import together

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from stream.catalog.declare import Measure, Value
    from stream.windows.cells import Labels
    from stream.windows.sums import Sums
    from stream.windows.tables import Table


class PairFormula(Formula):
    """The smaller of the two directions of each pair, by all figures.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, Reciprocal)
        self._figures = Figures(value.formula.each, self, measures)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The share of each label set that has records."""
        found = self._figures.of(sums, only)
        return {
            group: quotient(_both_ways(ranked), ranked.total) if ranked.total else NOTHING
            for group, ranked in found.items()
        }

    def nothing(self) -> Result:
        """Nothing flows."""
        return NOTHING


def _both_ways(ranked: Ranked) -> int:
    """The sum of the smaller directions, each pair once; the ids of both sides are of one space."""
    if not len(ranked):
        return 0
    names = together(ranked.keys)
    order = np.argsort(names)
    back = together(ranked.keys[:, ::-1])
    place = order[np.minimum(np.searchsorted(names, back, sorter=order), len(names) - 1)]
    once = (names[place] == back) & (ranked.keys[:, 0] <= ranked.keys[:, 1])
    return int(np.minimum(ranked.figures, ranked.figures[place])[once].sum())
