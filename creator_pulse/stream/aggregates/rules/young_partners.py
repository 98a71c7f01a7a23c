"""Partners that are young, or small, in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.rules.partners import PairCondition, first_of, partners_of
from creator_pulse.stream.aggregates.rules.rule import Tested

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.rules.rule import Tried


@dataclass(frozen=True, slots=True)
class YoungPartners(PairCondition):
    """The median over an identity's partners of sum / count is below a bound.

    For example ``YoungPartners("pair_age_days", "pair_aged_gifts", 30)``: accounts under 30 days.

    Attributes:
        total: sum by partner.
        count: count by partner; partners without one are passed over.
        below: the bound.
    """

    total: str
    count: str
    below: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (self.total, self.count)

    @property
    def text(self) -> str:
        """The condition in words."""
        return (
            f"a median below {self.below} of {self.total} // {self.count} over their partners with "
            f"{self.count} (place (n - 1) // 2 of n, the smallest at place 0)"
        )

    def tested(self, tried: Tried) -> Tested:
        """Whose median is below it; who has no partner has none."""
        owner, sums = partners_of(tried, self.count)
        what, bound = f"median of {self.total} / {self.count}", f"< {self.below}"
        number = np.bincount(owner, minlength=len(tried.rows))
        some = np.flatnonzero(number)
        if not len(some):
            return Tested(tried.rows[:0], what, [], bound)
        means = sums[self.total] // sums[self.count]
        # Pairs in the order of their identity, the smallest mean first: the one in the middle of each.
        order = np.lexsort((means, owner))
        median = means[order][(first_of(owner, len(tried.rows)) + (number - 1) // 2)[some]]
        met = np.flatnonzero(median < self.below)
        return Tested(tried.rows[some[met]], what, list(map(str, median[met].tolist())), bound)
