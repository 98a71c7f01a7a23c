"""By how much figures change from one window to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.stream.aggregates.definition import CUT, QUOTIENT, Definition
from creator_pulse.stream.aggregates.figures import RATIO_SCALE, figure_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.over_panel import put
from creator_pulse.stream.aggregates.result import NOTHING, quotient
from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    import numpy.typing as npt

    from creator_pulse.stream.aggregates.aggregate import Past
    from creator_pulse.stream.aggregates.figures import Figure
    from creator_pulse.stream.aggregates.keys import Keys
    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result

    Before = tuple[Keys, npt.NDArray[np.object_]]  # identities, rising, and the figure of each


@dataclass(frozen=True, slots=True)
class Volatility(OverEach):
    """The median of the relative change of figures, whether up or down, since the days before the window.

    For example 10 become 15 and 20 become 18: changes of 0.5 and 0.1, and the median is 0.1.

    Of windows of as many business days. Of the days before only records that came in time count, because a
    final does not wait for late ones. Who has no figure in the window has changed by 1; who has none before
    is not looked at.

    Attributes:
        days: number of business days of the window, and of those before it.
    """

    dated: ClassVar[bool] = True
    days: int = 7

    @property
    def past(self) -> Past:
        """The figures of the days before."""
        return self.each.measures, self.days * DAY_MS

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "median of changes",
            "the change at place (n - 1) // 2 of n changes, the smallest at place 0; a change is |figure in "
            "the window, 0 if there is none, - figure before| / figure before",
            counts=(
                f"{self.each.text} over the {self.days} business days before the window, by what came in time"
            ),
            rounding=f"{QUOTIENT}; {CUT}",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The median of each group that had somebody before."""
        figure = figure_of(window, self.each.of)
        people = window.people(self.each.by, self.each.measures)
        return {
            group: self._median(now, figure, self._before(window, group, figure))
            for group, now in people.items()
            if window.wants(group)
        }

    def _median(self, now: People, figure: Figure, before: Before) -> Result:
        keys, figures = before
        if not len(keys):
            return NOTHING
        current = np.zeros(len(keys), dtype=object)
        own, rows = figure.of(now.sums, np.arange(len(now.keys)))
        put(current, keys, now.keys[rows, 0], own)
        changes = np.sort(abs(current - figures) * RATIO_SCALE // figures)
        return quotient(int(changes[(len(changes) - 1) // 2]), RATIO_SCALE)

    def _before(self, window: Reading, group: Labels, figure: Figure) -> Before:
        """Who had a figure over the days before, and how much: a sum of days, as each may be below 0."""
        end = window.span()[0]
        days = []
        for start in range(end - self.days * DAY_MS, end, DAY_MS):
            people = window.day(start, past=True).people(self.each.by, self.each.measures).get(group)
            if people is not None:
                figures, rows = figure.of(people.sums, np.flatnonzero(people.somebody))
                days.append((people.keys[rows, 0], figures))
        keys = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *(own for own, _ in days)]))
        totals = np.zeros(len(keys), dtype=object)
        for own, figures in days:
            day = np.zeros(len(keys), dtype=object)
            put(day, keys, own, figures)
            totals += day
        enough = (totals >= max(1, self.each.floor * figure.scale)).astype(np.bool_)
        return keys[enough], totals[enough]
