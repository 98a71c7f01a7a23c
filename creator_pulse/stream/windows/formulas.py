"""Sums to values: sum and ratio, in exact integers until they are shown."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.catalog.declare import Measure, Ratio, Sum, Value
from creator_pulse.stream.windows.formula import Formula, Result, quotient, weights
from creator_pulse.stream.windows.identity_rows import total as total_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table


class SumFormula(Formula):
    """A weighted sum, or sum over sum.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities or sizes.
    """

    slow: ClassVar[bool] = False

    def __init__(
        self,
        value: Value,
        measures: Mapping[str, Measure],
        tables: Mapping[str, Table] = MappingProxyType({}),
    ) -> None:
        super().__init__(value, measures, tables)
        formula = value.formula
        assert isinstance(formula, Sum | Ratio)
        num, den = (formula.num, formula.den) if isinstance(formula, Ratio) else (formula, None)
        self._factor = formula.factor if isinstance(formula, Ratio) else 1
        self._num, self._num_scale = weights(num, measures)
        self._den, self._den_scale = weights(den, measures) if den else ({}, 1)
        self._ratio = den is not None
        self._named = value.measures

    def grouped(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, dict[str, int]]:
        """Sums per label set and measure.

        Args:
            sums: of a window.
            only: the label sets that are wanted; None: all.
        """
        grouped: dict[Labels, dict[str, int]] = {}
        for name in self._named:
            table = self.tables.get(name)
            places = self._places[name if table is None else table.name]
            cells = sums.of(name) if table is None else _cells(sums, table, name)
            for labels, total in cells.items():
                chosen = tuple([labels[place] for place in places])
                if only is None or chosen in only:
                    of_labels = grouped.setdefault(chosen, {})
                    of_labels[name] = of_labels.get(name, 0) + total
        return grouped

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The values of all label sets that have records."""
        return {labels: self.apply(of_labels) for labels, of_labels in self.grouped(sums, only).items()}

    def nothing(self) -> Result:
        """Zero, or no value where it is a ratio."""
        return self.apply({})

    def apply(self, sums: Mapping[str, int]) -> Result:
        """The value of one label set.

        Args:
            sums: measure id -> sum; a missing one is 0.
        """
        num = _weighted(self._num, sums)
        parts = tuple([(name, str(sums.get(name, 0))) for name in self._named])
        if not self._ratio:
            return Result(num / self._num_scale, str(num), self._num_scale, parts)
        den = _weighted(self._den, sums)
        if den == 0:
            return Result(None, None, 1, parts)
        made = quotient(num * self._den_scale * self._factor, den * self._num_scale)
        return Result(made.number, made.exact, made.scale, parts)


def _weighted(weighted: Mapping[str, int], sums: Mapping[str, int]) -> int:
    total = 0
    for name, weight in weighted.items():
        total += weight * sums.get(name, 0)
    return total


def _cells(sums: Sums, table: Table, measure: str) -> dict[Labels, int]:
    """The sums of a measure over all identities."""
    return {labels: total_of(table, rows.sums, measure) for labels, rows in sums.rows(table.name).items()}
