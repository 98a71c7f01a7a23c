"""A weighted sum of measures."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.aggregate import Aggregate
from creator_pulse.stream.aggregates.definition import EXACT, ZERO, Definition, weighted_text
from creator_pulse.stream.aggregates.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels

    Weights = tuple[
        Mapping[str, int], int
    ]  # measure id -> integer weight over a common scale, and that scale


@dataclass(frozen=True, slots=True)
class Sum(Aggregate):
    """A weighted sum of measures, in the unit of the measures' scaled values.

    For example ``Sum({"earned": 1, "reversed": -1})`` is net.

    Attributes:
        terms: measure id -> integer weight, for example -1 for a measure to subtract.
    """

    slow: ClassVar[bool] = False
    terms: Mapping[str, int]

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""
        return tuple(self.terms)

    @property
    def addable(self) -> bool:
        """Sums add up."""
        return True

    def terms_added(self) -> Mapping[str, int]:
        """Its terms."""
        return self.terms

    @property
    def fraction(self) -> tuple[Sum, Sum | None, int]:
        """Numerator, denominator and factor: of a sum itself, none and 1."""
        return self, None, 1

    def weights(self, scale_of: Callable[[str], int]) -> Weights:
        """Integer weights over a common scale: no rounding before the end.

        Args:
            scale_of: measure id -> divisor of the sum when shown.
        """
        scale = lcm(*(scale_of(name) for name in self.terms))
        return {name: weight * (scale // scale_of(name)) for name, weight in self.terms.items()}, scale

    def definition(self) -> Definition:
        """How the number is computed."""
        low = None if min(self.terms.values()) < 0 else 0
        return Definition("sum", weighted_text(self.terms), low=low, rounding=EXACT, empty=ZERO)

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The sum of each group."""
        weights = window.always(("weights", id(self)), lambda: self.weights(window.scale_of))
        return {group: self._result(sums, weights) for group, sums in window.grouped(self.measures).items()}

    def nothing(self, scale_of: Callable[[str], int]) -> Result:
        """Zero."""
        return self._result({}, self.weights(scale_of))

    def _result(self, sums: Mapping[str, int], weights: Weights) -> Result:
        weighted, scale = weights
        total = weighted_sum(weighted, sums)
        return Result(total / scale, str(total), scale, parts_of(self.terms, sums))


def weighted_sum(weighted: Mapping[str, int], sums: Mapping[str, int]) -> int:
    """The sum of weight times sum; a measure without a sum counts as 0."""
    total = 0
    for name, weight in weighted.items():
        total += weight * sums.get(name, 0)
    return total


def parts_of(measures: Iterable[str], sums: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """The parts of a result: measure id and integer sum, as text."""
    return tuple([(name, str(sums.get(name, 0))) for name in measures])
