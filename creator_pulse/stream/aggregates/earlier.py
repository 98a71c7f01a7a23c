"""A sum as it was some days before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.aggregate import Aggregate
from creator_pulse.stream.aggregates.definition import EXACT, NO_VALUE, Definition
from creator_pulse.stream.aggregates.result import NOTHING
from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.aggregate import Past
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result
    from creator_pulse.stream.aggregates.sum import Sum


@dataclass(frozen=True, slots=True)
class Earlier(Aggregate):
    """A sum of the business day that many days before the window, which is a business day, too.

    For example ``Earlier(Sum({"orders": 1}), days=7)``: orders on the same day of the week before.

    Of the earlier day only records that came in time count, because a final does not wait for late ones.
    There is none unless the day before the earlier one has records: the log may have begun in the middle of
    the earlier day, and a part of a day is no day to compare with.

    Attributes:
        of: the sum.
        days: how many days earlier, 1 or more.
    """

    slow: ClassVar[bool] = False
    dated: ClassVar[bool] = True
    of: Sum
    days: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""
        return self.of.measures

    @property
    def past(self) -> Past:
        """The day itself, and the one before it."""
        return self.of.measures, (self.days + 1) * DAY_MS

    @property
    def addable(self) -> bool:
        """Sums add up."""
        return True

    def terms_added(self) -> Mapping[str, int]:
        """Its terms, which are not those of the same sum today."""
        return {earlier(name, self.days): weight for name, weight in self.of.terms.items()}

    def definition(self) -> Definition:
        """How the number is computed."""
        rule = self.of.definition()
        return Definition(
            "earlier sum",
            f"{rule.numerator} of the business day {self.days} days before the window, of what came in time",
            low=rule.low,
            rounding=EXACT,
            empty=f"{NO_VALUE}: nothing was counted on the day before that one",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The sum of each group that has records in the window."""
        before = before_of(window, self.of, self.days)
        return {group: before.get(group, NOTHING) for group in window.grouped(self.measures)}


def earlier(measure: str, days: int) -> str:
    """How a measure of an earlier day is called among the terms of sums."""
    return f"{measure} {days} days before"


def before_of(window: Reading, of: Aggregate, days: int) -> dict[Labels, Result]:
    """The results of an earlier day, of the groups that had records on the day before it.

    Args:
        window: a business day.
        of: the aggregate to compute for the earlier day.
        days: how many days earlier.
    """
    start = window.span()[0]
    results = of.results(window.day(start - days * DAY_MS, past=True))
    begun = of.results(window.day(start - (days + 1) * DAY_MS, past=True))
    nothing = of.nothing(window.scale_of)
    # A group without records on the earlier day, though it had begun, had nothing then, which is 0.
    return {group: results.get(group, nothing) for group in begun}
