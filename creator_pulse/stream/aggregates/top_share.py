"""How much of the total the largest hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class TopShare(OverEach):
    """The share of the total that the largest figures hold.

    For example ``TopShare(spent, count=10)``: the share of the ten largest advertisers.

    Attributes:
        count: how many of the largest; 0: take ``percent``.
        percent: of the identities, rounded up.
    """

    count: int = 0
    percent: int = 0

    def definition(self) -> Definition:
        """How the number is computed."""
        largest = f"{self.count} largest" if self.count else f"largest {self.percent} % (rounded up)"
        return Definition(
            "share of the largest", f"figures of the {largest}", "all their figures", self.each.text, high=1
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The share of each group; without identities there is none."""
        return {group: self._share(ranked) for group, ranked in ranked_of(window, self.each).items()}

    def _share(self, ranked: Ranked) -> Result:
        if not ranked:
            return NOTHING
        # -(-a // b) rounds up.
        count = self.count or -(-len(ranked) * self.percent // 100)
        return quotient(int(ranked.figures[:count].sum()), int(ranked.figures.sum()))
