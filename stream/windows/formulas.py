"""Sums to values: the formulas of the catalogue, in exact integers until they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context
from math import lcm
from typing import TYPE_CHECKING

from stream.catalog.declare import Measure, Ratio, Sum, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.windows.cells import Labels
    from stream.windows.panes import Key

_SHOWN = Context(prec=15)


@dataclass(frozen=True, slots=True)
class Result:
    """A value for one label set.

    Attributes:
        number: what is shown; None where a denominator is 0.
        exact: the integer sum in units of 1 / scale, or the quotient to 15 digits, as text.
        scale: of ``exact``; 1 for a quotient.
        parts: measure id and integer sum, as text.
    """

    number: float | None
    exact: str | None
    scale: int
    parts: tuple[tuple[str, str], ...]


class Formula:
    """A value's formula, ready to be applied to sums.

    Args:
        value: its declaration.
        measures: all measures by id.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure]) -> None:
        self.value = value
        formula = value.formula
        num, den = (formula.num, formula.den) if isinstance(formula, Ratio) else (formula, None)
        self._factor = formula.factor if isinstance(formula, Ratio) else 1
        self._num, self._num_scale = _weights(num, measures)
        self._den, self._den_scale = _weights(den, measures) if den else ({}, 1)
        self._ratio = den is not None
        self._topics = {name: measures[name].topic for name in value.measures}
        self._places = {
            name: tuple(measures[name].labels.index(label) for label in value.labels)
            for name in value.measures
        }

    def topic_of(self, measure: str) -> str:
        """The input topic of one of the formula's measures; ``*`` for every one."""
        return self._topics[measure]

    def labels_of(self, key: Key) -> Labels | None:
        """The value's label set that a cell belongs to; None where it is not in the formula."""
        places = self._places.get(key[0])
        return None if places is None else tuple(key[1][place] for place in places)

    def grouped(self, sums: Mapping[Key, int]) -> dict[Labels, dict[str, int]]:
        """Sums per label set and measure."""
        grouped: dict[Labels, dict[str, int]] = {}
        for key, total in sums.items():
            labels = self.labels_of(key)
            if labels is not None:
                of_labels = grouped.setdefault(labels, {})
                of_labels[key[0]] = of_labels.get(key[0], 0) + total
        return grouped

    def apply(self, sums: Mapping[str, int]) -> Result:
        """The value of one label set.

        Args:
            sums: measure id -> sum; a missing one is 0.
        """
        num = sum(weight * sums.get(name, 0) for name, weight in self._num.items())
        parts = tuple((name, str(sums.get(name, 0))) for name in self._places)
        if not self._ratio:
            return Result(num / self._num_scale, str(num), self._num_scale, parts)
        den = sum(weight * sums.get(name, 0) for name, weight in self._den.items())
        if den == 0:
            return Result(None, None, 1, parts)
        top, bottom = num * self._den_scale * self._factor, den * self._num_scale
        return Result(top / bottom, str(_SHOWN.divide(top, bottom)), 1, parts)


def _weights(formula: Sum, measures: Mapping[str, Measure]) -> tuple[dict[str, int], int]:
    """Integer weights over a common scale: no rounding before the end."""
    scale = lcm(*(measures[name].scale for name in formula.terms))
    return {name: weight * (scale // measures[name].scale) for name, weight in formula.terms.items()}, scale
