"""The formulas that look at what identities had before: a day ago, a week ago, over four weeks.

What lies before the window counts as far as it came in time: a final does not wait for what is late, and
what is late does not change a window that does not hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.aggregates import Each, FewPartners, OverEach
from creator_pulse.stream.catalog.windows import DAY_MS

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.aggregates import Aggregate
    from creator_pulse.stream.catalog.declare import Ratio, Sum


@dataclass(frozen=True, slots=True)
class Kept(OverEach):
    """The share of the identities of an earlier business day that are there again; of windows of one day.

    Attributes:
        days: how many days earlier.
    """

    days: int = 7


@dataclass(frozen=True, slots=True)
class OverPanel(OverEach):
    """What all formulas over a panel of identities share.

    The panel are the identities with the largest sums over so many business days that ended before the
    window, and of them those that are active in the window.

    Attributes:
        active: who is active.
        days: business days of the sums.
        panel: how many identities.
    """

    active: Each | None = None
    days: int = 28
    panel: int = 10_000

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        assert self.active is not None
        return tuple(dict.fromkeys((*self.each.measures, *self.active.measures)))


@dataclass(frozen=True, slots=True)
class Fallen(OverPanel):
    """The share of a panel whose figure is below half of their own median day of those of the panel.

    A day without a sum counts as 0.
    """


@dataclass(frozen=True, slots=True)
class Dependent(OverPanel):
    """The share of a panel whose few largest partners hold more than a part of their sum.

    Who has no such sum depends on nobody.

    Attributes:
        on: the sum, and how few hold how much of it.
    """

    on: FewPartners | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        assert self.active is not None
        assert self.on is not None
        return tuple(dict.fromkeys((*self.each.measures, *self.active.measures, *self.on.measures)))


@dataclass(frozen=True, slots=True)
class DaysTo(OverEach):
    """The median of the business days from an identity's begin until its figures add up to the floor.

    Of windows of business days; of those that begin and arrive in the window.

    Attributes:
        begin: id of a measure that is above 0 on the day of the begin.
    """

    begin: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        return (*self.each.measures, self.begin)


@dataclass(frozen=True, slots=True)
class Reciprocal(OverEach):
    """The share of the figures of pairs that flows both ways: the smaller of the two directions, once.

    What somebody gives to themselves flows both ways.
    """


@dataclass(frozen=True, slots=True)
class Paced(OverEach):
    """A quantile of figure / plan over the identities that have a plan in the window.

    The plan is a dated reference entry: so many micro-USD, evenly from ``valid_from`` to ``valid_until``;
    that part of it counts which lies in the window.

    Attributes:
        plan: kind of the entries; their id is that of the identity.
        permille: which quantile, as of ``Quantile``.
    """

    plan: str = ""
    permille: int = 500


def past_of(formula: Sum | Ratio | Aggregate) -> tuple[tuple[str, ...], int]:
    """What a formula reads of business days before its window: ids of measures, and how far back, ms."""
    if isinstance(formula, Kept):
        return formula.each.measures, formula.days * DAY_MS
    if isinstance(formula, OverPanel):
        # The last of the days may have ended nearly a day before the window.
        return formula.each.measures, (formula.days + 1) * DAY_MS
    return (), 0
