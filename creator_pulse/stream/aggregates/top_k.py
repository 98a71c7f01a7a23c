"""A leaderboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from msgspec.structs import replace

from creator_pulse.stream.aggregates.definition import EXACT, QUOTIENT, Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import quotient, whole

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result

RANK = "rank"
"""The label that a leaderboard makes: ``1`` to ``k``, and ``other``."""
OTHER_RANK = "other"
"""The label value of the rest, beside the ranks of a leaderboard."""


@dataclass(frozen=True, slots=True)
class TopK(OverEach):
    """A leaderboard: the largest figures by rank, and ``other``; together they are the total.

    Of equal figures the smaller id comes first. The value's last label is ``rank``.

    Attributes:
        k: ranks.
        share: whether to show each figure's share of the total instead of the figure.
    """

    own_labels: ClassVar[tuple[str, ...]] = (RANK,)
    k: int = 20
    share: bool = False

    @property
    def addable(self) -> bool:
        """Figures may be added up over labels, shares not."""
        return not self.share

    @property
    def names_somebody(self) -> bool:
        """Live views say who has a rank."""
        return True

    @property
    def series(self) -> int:
        """Each rank, and the others."""
        return self.k + 1

    @property
    def ranks_by(self) -> tuple[str, ...]:
        """Whose figures they are."""
        return self.each.by

    def definition(self) -> Definition:
        """How the number is computed."""
        figures = f"by rank 1 to {self.k} the largest figures, of equal ones that of the smaller id first"
        return Definition(
            "leaderboard",
            f"{figures}; by rank `other` what is left of all",
            "all figures together, nobody's included" if self.share else "",
            self.each.text,
            high=1 if self.share else None,
            rounding=QUOTIENT if self.share else EXACT,
            empty="no ranks",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """One result for each rank that is taken, and one for the others."""
        results: dict[Labels, Result] = {}
        for group, ranked in ranked_of(window, self.each, whole=True).items():
            if not ranked.total:
                continue
            top = self._top(ranked, window)
            for rank, (figure, who) in enumerate(top, 1):
                results[*group, str(rank)] = replace(self._result(figure, ranked), who=who)
            rest = ranked.total - sum(figure for figure, _ in top)
            results[*group, OTHER_RANK] = self._result(rest, ranked)
        return results

    def _top(self, ranked: Ranked, window: Reading) -> list[tuple[int, Labels]]:
        """The first ranks; of equal figures the smaller id comes first."""
        count = min(self.k, len(ranked))
        if not count:
            return []
        # Whoever has as much as the last rank may be before it by name.
        upto = int(np.count_nonzero(ranked.figures >= ranked.figures[count - 1]))
        named = [
            (int(figure), tuple(map(window.name, who)))
            for figure, who in zip(ranked.figures[:upto], ranked.keys[:upto].tolist(), strict=True)
        ]
        return sorted(named, key=lambda entry: (-entry[0], entry[1]))[:count]

    def _result(self, figure: int, ranked: Ranked) -> Result:
        return quotient(figure, ranked.total) if self.share else whole(figure, ranked.scale)
