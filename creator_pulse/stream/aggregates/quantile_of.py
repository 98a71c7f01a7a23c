"""A quantile of the figures of identities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.definition import CUT, QUOTIENT, Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class QuantileOf(OverEach):
    """An exact quantile of the figures.

    For example with ``permille=500`` of 1, 2, 3 and 4 it is 2: index 3 * 500 // 1000 = 1.

    Attributes:
        permille: which quantile, 950 for p95: the figure at place ``(n - 1) * permille // 1000``.
    """

    quantile: ClassVar[bool] = True

    permille: int = 500

    def definition(self) -> Definition:
        """How the number is computed."""
        place = f"the figure at place (n - 1) * {self.permille} // 1000 of n figures, the smallest at place 0"
        return Definition(
            "quantile of identities", place, counts=self.each.text, rounding=f"{QUOTIENT}; {CUT}"
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The figure at the place, of each group; without identities there is none."""
        return {group: self._quantile(ranked) for group, ranked in ranked_of(window, self.each).items()}

    def _quantile(self, ranked: Ranked) -> Result:
        if not ranked:
            return NOTHING
        place = (len(ranked) - 1) * self.permille // 1000
        # The largest comes first, so the place is counted from the end.
        return quotient(int(ranked.figures[-1 - place]), ranked.scale)
