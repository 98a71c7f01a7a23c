"""How much more than some days before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.aggregate import Aggregate, TwoSums
from creator_pulse.stream.aggregates.definition import NO_VALUE, Definition
from creator_pulse.stream.aggregates.earlier import before_of, earlier
from creator_pulse.stream.aggregates.result import NOTHING, quotient
from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.aggregate import Past
    from creator_pulse.stream.aggregates.number import Number
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result
    from creator_pulse.stream.aggregates.sum import Sum


@dataclass(frozen=True, slots=True)
class Growth(Aggregate):
    """A business day divided by the day so many days before: 1 if they are equal, 1.1 if it has a tenth more.

    For example ``Growth(Sum({"orders": 1}), days=7)``: 110 orders by 100 a week before are 1.1.

    There is none where there was nothing before, or less than nothing, or where the day before the earlier
    one has no records (``Earlier`` says why).

    Attributes:
        of: a sum, or a number of identities.
        days: how many days earlier, 1 or more.
    """

    dated: ClassVar[bool] = True
    of: Sum | Number
    days: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""
        return self.of.measures

    @property
    def past(self) -> Past:
        """The earlier day, and the one before it."""
        return self.of.measures, (self.days + 1) * DAY_MS

    def hidden_of(self, measure: str) -> tuple[str, ...]:
        """The hidden labels of the aggregate that it compares."""
        return self.of.hidden_of(measure)

    def two_sums(self) -> TwoSums | None:
        """The sums of both days, if it is of a sum."""
        terms = self.of.terms_added()
        if not terms:
            return None
        return TwoSums(terms, {earlier(name, self.days): weight for name, weight in terms.items()}, 1, False)

    def definition(self) -> Definition:
        """How the number is computed."""
        rule = self.of.definition()
        return Definition(
            "growth",
            rule.numerator,
            f"the same of the business day {self.days} days before the window, of what came in time",
            rule.counts,
            low=rule.low,
            empty=f"{NO_VALUE}: 0 or less below, or nothing was counted on the day before that one",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The quotient of each group that has records in the window."""
        before = before_of(window, self.of, self.days)
        return {
            group: _by(now, before[group]) if group in before else NOTHING
            for group, now in self.of.results(window).items()
        }


def _by(now: Result, before: Result) -> Result:
    # Both are integers over the same scale, so the scale cancels.
    assert now.exact is not None
    assert before.exact is not None
    base = int(before.exact)
    return quotient(int(now.exact), base) if base > 0 else NOTHING
