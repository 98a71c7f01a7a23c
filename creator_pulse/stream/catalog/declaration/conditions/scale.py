"""What numbers a series may have, so that a test of an alert puts in such as can be."""

from __future__ import annotations

import math
from dataclasses import dataclass

BEYOND, WITHIN = 0.05, 0.02
"""How far a number that fires lies beyond its bound, and a silent one within it, of the bound."""
# A number other than 0 that is beyond 0.
_LEAST = 0.001


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers that a series may have.

    For example a bound of 0.9 below which a share must not fall is silent at 0.918, and one of 0.99 at 1.

    Attributes:
        usual: a typical number, between the smallest and the largest.
        whole: whether only whole numbers can be.
        top: no number lies above it, unless a bound does.
    """

    usual: float
    whole: bool = False
    top: float = math.inf

    def usual_below(self, factor: float) -> float:
        """A baseline small enough that ``factor`` times as much is still a possible number."""
        return self.usual if self.usual * factor < self.top else self.usual / factor

    def beyond(self, op: str, bound: float) -> float:
        """A number a little beyond a bound, at which a condition is met."""
        if op == "==":
            return bound
        if self.whole:
            return float(math.floor(bound) + 1 if op == ">" else math.ceil(bound) - 1)
        return self._moved(bound, BEYOND if op == ">" else -BEYOND) or 1.0

    def within(self, op: str, bound: float) -> float:
        """The last number before a bound, or a number a little before it, at which a condition is not met."""
        if op == "==":
            return bound + _LEAST
        if self.whole:
            return float(math.floor(bound) if op == ">" else math.ceil(bound))
        return self._moved(bound, -WITHIN if op == ">" else WITHIN)

    def _moved(self, bound: float, by: float) -> float:
        """The bound, moved up or down by a fraction of the bound."""
        moved = round(bound + abs(bound) * by, 9)
        return min(moved, self.top) if bound <= self.top else moved


SHARE = Scale(0.5, top=1.0)
COUNT = Scale(1_000.0, whole=True)
"""Records, identities, partitions; 0 or 1 too."""
AMOUNT = Scale(10.0)
"""Money, seconds, rates, and so many per thousand."""
