"""Which part of what there is comes from those who came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.stream.aggregates.definition import NO_VALUE, Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient
from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.aggregate import Past
    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class RepeatShare(OverEach):
    """The share of the figures that identities have who were there on an earlier business day, too.

    For example a spent a week ago; today a spends 30 and b 10: 0.75 is repeat spend. Of windows of one day.

    Of the earlier day only records that came in time count, because a final does not wait for late ones.

    Attributes:
        days: how many days earlier.
    """

    dated: ClassVar[bool] = True
    days: int = 7

    @property
    def past(self) -> Past:
        """The figures of that day."""
        return self.each.measures, self.days * DAY_MS

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "share of figures",
            f"figures of those who were also there on the business day {self.days} days before, by what came "
            "in time",
            "figures of all",
            self.each.text,
            high=1,
            empty=f"{NO_VALUE}: nobody was there then, so in the first {self.days} days",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The share of each group; if nobody was there, there is none."""
        day = window.day(window.span()[0] - self.days * DAY_MS, past=True)
        before = ranked_of(day, self.each)
        return {
            group: self._share(ranked, before.get(group))
            for group, ranked in ranked_of(window, self.each).items()
        }

    def _share(self, now: Ranked, before: Ranked | None) -> Result:
        if before is None or not len(before) or not len(now):
            return NOTHING
        # Keys of single identities have one column; figures may be wider than 64 bits.
        again = np.isin(now.keys[:, 0], before.keys[:, 0])
        return quotient(sum(now.figures[again].tolist()), sum(now.figures.tolist()))
