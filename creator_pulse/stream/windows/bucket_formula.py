"""Buckets to quantiles: how large the record in the middle was, or the one that few exceed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.catalog.aggregates import BUCKET, Quantile
from creator_pulse.stream.windows.buckets import middle
from creator_pulse.stream.windows.formula import NOTHING, Formula, Result, quotient
from creator_pulse.stream.windows.people import People, people

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table


class BucketFormula(Formula):
    """A quantile over records.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have sizes.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        formula = value.formula
        assert isinstance(formula, Quantile)
        self._formula = formula

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The quantile of each label set that has records."""
        found = people(sums, self, (BUCKET,), self.value.measures)
        return {
            group: self._quantile(of_group)
            for group, of_group in found.items()
            if only is None or group in only
        }

    def nothing(self) -> Result:
        """No record has no size."""
        return NOTHING

    def _quantile(self, known: People) -> Result:
        counts = known.sums[self._formula.measure]
        rising = np.argsort(known.keys[:, 0])
        upto = np.cumsum(counts[rising])
        number = int(upto[-1])
        place = np.searchsorted(upto, (number - 1) * self._formula.permille // 1000, side="right")
        top, bottom = middle(int(known.keys[rising[place], 0]))
        made = quotient(top, bottom * self._formula.scale)
        return replace(made, parts=((self._formula.measure, str(number)),))
