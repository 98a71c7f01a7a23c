"""Buckets to quantiles: how large the record in the middle was, or the one that few exceed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stream.catalog.aggregates import BUCKET, Quantile
from stream.windows.buckets import middle
from stream.windows.formula import NOTHING, Formula, Result, quotient

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from stream.catalog.declare import Measure, Value
    from stream.windows.cells import Labels
    from stream.windows.sums import Sums


class BucketFormula(Formula):
    """A quantile over records.

    Args:
        value: its declaration.
        measures: all measures by id.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure]) -> None:
        super().__init__(value, measures)
        formula = value.formula
        assert isinstance(formula, Quantile)
        self._formula = formula
        self._bucket = measures[formula.measure].labels.index(BUCKET)

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The quantile of each label set that has records."""
        counts: dict[Labels, dict[str, int]] = {}
        places = self._places[self._formula.measure]
        for labels, count in sums.of(self._formula.measure).items():
            group = tuple([labels[place] for place in places])
            if count > 0 and (only is None or group in only):
                of_group = counts.setdefault(group, {})
                name = labels[self._bucket]
                of_group[name] = of_group.get(name, 0) + count
        return {group: self._quantile(of_group) for group, of_group in counts.items()}

    def nothing(self) -> Result:
        """No record has no size."""
        return NOTHING

    def _quantile(self, counts: Mapping[str, int]) -> Result:
        number = sum(counts.values())
        left = (number - 1) * self._formula.permille // 1000
        for name in sorted(counts, key=int):
            left -= counts[name]
            if left < 0:
                break
        top, bottom = middle(name)
        made = quotient(top, bottom * self._formula.scale)
        return replace(made, parts=((self._formula.measure, str(number)),))
