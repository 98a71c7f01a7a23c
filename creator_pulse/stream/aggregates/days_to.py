"""How long it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.definition import INTEGER, Definition
from creator_pulse.stream.aggregates.figures import figure_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, whole
from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.figures import Figure
    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class DaysTo(OverEach):
    """The median of the business days from an identity's begin until its figures add up to the floor.

    For example ``DaysTo(Each(("creator_id",), net, floor=1), begin="creator_first_enrolled")``: to the first
    dollar.

    Of windows of business days; of those that begin and arrive in the window.

    Attributes:
        begin: id of a measure that is above 0 on the day of the begin.
    """

    begin: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""
        return (*self.each.measures, self.begin)

    def hidden_of(self, measure: str) -> tuple[str, ...]:
        """The labels that name an identity, for every measure, also for that of the begin."""
        del measure
        return self.each.by

    def definition(self) -> Definition:
        """How the number is computed."""
        figure = self.each.of.definition().numerator
        return Definition(
            "median of days",
            "the number at place (n - 1) // 2 of n numbers of business days, the smallest at place 0",
            counts=(
                f"identities by {', '.join(self.each.by)} with {self.begin} above 0 on a day of the "
                f"window (the last such day), for whom {figure} of that day and of those after it adds "
                f"up to {self.each.floor} within the window: the days from the first to the one on "
                "which it does, 0 if that is the same"
            ),
            rounding=INTEGER,
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The median of each group; if nobody has arrived, there is none."""
        by, measures = self.each.by, self.measures
        took: dict[Labels, list[int]] = {
            group: [] for group in window.people(by, measures) if window.wants(group)
        }
        begun: dict[Labels, dict[int, tuple[int, int]]] = {group: {} for group in took}
        figure = figure_of(window, self.each.of)
        for day in range(*window.span(), DAY_MS):
            for group, people in window.day(day, past=False).people(by, measures).items():
                if group in took:
                    new = people.somebody & (people.sums[self.begin] > 0)
                    begun[group] |= {int(key): (day, 0) for key in people.keys[new, 0]}
                    self._earn(begun[group], took[group], people, figure, day)
        return {group: _median(days) for group, days in took.items()}

    def _earn(
        self,
        begun: dict[int, tuple[int, int]],
        took: list[int],
        people: People,
        figure: Figure,
        day: int,
    ) -> None:
        """Add a day's figures to those of who has begun; who has enough has arrived.

        Args:
            begun: key -> (day of the begin, figures so far); changed in place.
            took: days of each who has arrived; changed in place.
            people: all identities with sums on the day.
            figure: computed for each identity.
            day: its start, epoch ms.
        """
        # Only rows of identities that have begun are turned into Python integers.
        waiting = np.fromiter(begun, dtype=np.uint64, count=len(begun))
        figures, rows = figure.of(people.sums, np.flatnonzero(np.isin(people.keys[:, 0], waiting)))
        floor = self.each.floor * figure.scale
        for key, own in zip(people.keys[rows, 0].tolist(), figures.tolist(), strict=True):
            begin, so_far = begun[key]
            begun[key] = (begin, so_far + own)
            if so_far + own >= floor:
                took.append((day - begin) // DAY_MS)
                del begun[key]


def _median(days: list[int]) -> Result:
    # The lower of the two middle ones, so that the median is a day that was needed.
    return whole(sorted(days)[(len(days) - 1) // 2]) if days else NOTHING
