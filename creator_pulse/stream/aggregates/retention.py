"""Who came back."""

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
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Retention(OverEach):
    """The share of the identities of an earlier business day that are there again; of windows of one day.

    For example a and b earned a week ago, a and c earn today: 1 of 2 is there again.

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
            "retention",
            "of these, how many are there again in the window",
            f"how many were there on the business day {self.days} days before, by what came in time",
            self.each.text,
            high=1,
            empty=f"{NO_VALUE}: nobody was there then, so in the first {self.days} days",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The share of each group; if nobody was there, there is none."""
        day = window.day(window.span()[0] - self.days * DAY_MS, past=True)
        # Hashes of two days compare because all days are hashed under the installation's key.
        before = ranked_of(day, self.each)
        return {
            group: quotient(int(np.isin(before[group].keys, ranked.keys).sum()), len(before[group]))
            if group in before and len(before[group])
            else NOTHING
            for group, ranked in ranked_of(window, self.each).items()
        }
