"""A sum over a sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.aggregate import Aggregate, TwoSums
from creator_pulse.stream.aggregates.definition import NO_VALUE, Definition, factored
from creator_pulse.stream.aggregates.result import Result, quotient
from creator_pulse.stream.aggregates.sum import parts_of, weighted_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels
    from creator_pulse.stream.aggregates.sum import Sum, Weights


@dataclass(frozen=True, slots=True)
class Ratio(Aggregate):
    """Sum over sum, never a mean of ratios.

    For example ``Ratio(Sum({"clicks": 1}), Sum({"impressions": 1}))`` is the share of impressions that are
    clicked.

    Attributes:
        num: numerator.
        den: denominator; a window in which it is 0 has no value.
        factor: multiplies the quotient (1000 for "per thousand").
        bounded: whether it is a share, shown as 0 below 0 and as 1 above 1. Numerator and denominator may be
            of records of their own, such as views of an ad and the ad, and a window's edge lies between them.
    """

    slow: ClassVar[bool] = False
    quotient: ClassVar[bool] = True
    num: Sum
    den: Sum
    factor: int = 1
    bounded: bool = False

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""
        return tuple(dict.fromkeys((*self.num.terms, *self.den.terms)))

    def two_sums(self) -> TwoSums:
        """Its sums."""
        return TwoSums(self.num.terms, self.den.terms, self.factor, self.bounded)

    @property
    def fraction(self) -> tuple[Sum, Sum | None, int]:
        """Numerator, denominator and factor."""
        return self.num, self.den, self.factor

    def definition(self) -> Definition:
        """How the number is computed."""
        above, below = self.num.definition(), self.den.definition()
        return Definition(
            "share" if self.bounded else "ratio",
            factored(self.factor, above.numerator),
            below.numerator,
            low=0 if self.bounded else above.low,
            high=1 if self.bounded else None,
            empty=f"{NO_VALUE}: the denominator is 0",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The quotient of each group; none if its denominator is 0."""
        above, below = window.always(("weights", id(self)), lambda: self._weights(window.scale_of))
        measures = self.measures
        return {
            group: self._result(sums, above, below, measures)
            for group, sums in window.grouped(measures).items()
        }

    def nothing(self, scale_of: Callable[[str], int]) -> Result:
        """No value: the denominator is 0."""
        return self._result({}, *self._weights(scale_of), self.measures)

    def _weights(self, scale_of: Callable[[str], int]) -> tuple[Weights, Weights]:
        return self.num.weights(scale_of), self.den.weights(scale_of)

    def _result(
        self, sums: Mapping[str, int], above: Weights, below: Weights, measures: tuple[str, ...]
    ) -> Result:
        parts = parts_of(measures, sums)
        bottom = weighted_sum(below[0], sums)
        if bottom == 0:
            return Result(None, None, 1, parts)
        top = weighted_sum(above[0], sums) * below[1] * self.factor
        bottom *= above[1]
        if self.bounded:
            top, bottom = (top, bottom) if bottom > 0 else (-top, -bottom)
            top = min(max(top, 0), bottom)
        exact = quotient(top, bottom)
        return Result(exact.number, exact.exact, exact.scale, parts)
