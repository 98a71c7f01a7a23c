"""The formulas beyond sum and ratio: how large records were, and how a total lies over identities.

All of them are made of the same integer sums as the others. A *quantile over records* reads sums with
the hidden label ``bucket``. What looks at *identities* reads sums with an identity label, which stays
hidden: the value shows a number per app, and who it was stands in the live view and in ``pulse.case``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.catalog.rule_conditions import AbovePeers, Below, ManyAlike

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declare import Ratio, Sum

RANK = "rank"
"""The label that a leaderboard makes: ``1`` to ``k``, and ``other``."""
BUCKET = "bucket"
"""The label that a measure with ``Measure.bucket`` has: the place of a record's size."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile over records, within 2 % of the exact one.

    Attributes:
        measure: counts records, with the label ``bucket``.
        permille: which quantile, 950 for p95: the value at place ``(n - 1) * permille // 1000``.
        scale: shown value = bucket / scale.
    """

    made: ClassVar[tuple[str, ...]] = ()
    addable: ClassVar[bool] = False
    measure: str
    permille: int
    scale: int = 1

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        return (self.measure,)


@dataclass(frozen=True, slots=True)
class Each:
    """A figure of each identity.

    Attributes:
        by: the labels that name one: one label, or two for a pair.
        of: the figure.
        least: measure id -> least sum, in its smallest unit, to be looked at.
        floor: least figure, in the unit of what is shown; 0: anything above 0.
        largest: look at so many identities with the largest figures only; 0: at all.
    """

    by: tuple[str, ...]
    of: Sum | Ratio
    least: Mapping[str, int] = field(default_factory=dict)
    floor: int = 0
    largest: int = 0

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (*self.of.measures, *(name for name in self.least if name not in self.of.measures))


@dataclass(frozen=True, slots=True)
class OverEach:
    """What all formulas over the figures of identities share.

    Attributes:
        each: the figures.
    """

    made: ClassVar[tuple[str, ...]] = ()
    each: Each

    @property
    def addable(self) -> bool:
        """Whether results may be added up over labels."""
        return False

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        return self.each.measures


@dataclass(frozen=True, slots=True)
class Number(OverEach):
    """How many identities there are, exactly."""


@dataclass(frozen=True, slots=True)
class QuantileOf(OverEach):
    """An exact quantile of the figures; ``permille`` as of ``Quantile``."""

    permille: int = 500


@dataclass(frozen=True, slots=True)
class Gini(OverEach):
    """The Gini coefficient of the figures: 0 where all have the same, near 1 where one has all."""


@dataclass(frozen=True, slots=True)
class TopShare(OverEach):
    """The share of the total that the largest figures hold.

    Attributes:
        count: how many of them; 0: ``percent`` says it.
        percent: of the identities, rounded up.
    """

    count: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Per(OverEach):
    """A sum by the number of identities.

    Attributes:
        of: the sum; its measures need no identity.
        factor: multiplies the quotient.
    """

    of: Sum | None = None
    factor: int = 1

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        assert self.of is not None
        return tuple(dict.fromkeys((*self.of.measures, *self.each.measures)))


@dataclass(frozen=True, slots=True)
class Reach(OverEach):
    """The number of identities by the number of those that could have been.

    Attributes:
        among: who could have been; somebody of ``each`` need not be among them.
    """

    among: Each | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        assert self.among is not None
        return tuple(dict.fromkeys((*self.each.measures, *self.among.measures)))


@dataclass(frozen=True, slots=True)
class TopK(OverEach):
    """A leaderboard: the largest figures by rank, and ``other``; together they are the total.

    Of equal figures the smaller id comes first. The value's last label is ``rank``.

    Attributes:
        k: ranks.
        share: show each figure's share of the total instead of itself.
    """

    made: ClassVar[tuple[str, ...]] = (RANK,)
    k: int = 20
    share: bool = False

    @property
    def addable(self) -> bool:
        """Figures may be added up over labels, shares not."""
        return not self.share


@dataclass(frozen=True, slots=True)
class Above:
    """A figure of the identity is above a bound.

    Attributes:
        of: the figure.
        bound: in the unit of what is shown.
    """

    of: Sum | Ratio
    bound: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return self.of.measures


@dataclass(frozen=True, slots=True)
class FewPartners:
    """The largest partners of an identity hold more than a share of its sum.

    Attributes:
        measure: has one identity label more than the rule: the partner.
        count: how many partners.
        percent: of the sum.
    """

    measure: str
    count: int
    percent: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (self.measure,)


@dataclass(frozen=True, slots=True)
class ManyPartners:
    """An identity has at least so many partners.

    Attributes:
        measure: has one identity label more than the rule: the partner.
        least: partners.
    """

    measure: str
    least: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (self.measure,)


@dataclass(frozen=True, slots=True)
class YoungPartners:
    """The median over an identity's partners of sum / count is below a bound.

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


Condition = Above | FewPartners | ManyPartners | YoungPartners | ManyAlike | Below | AbovePeers


@dataclass(frozen=True, slots=True)
class Flagged:
    """How many identities meet every condition; each of them becomes a case.

    Attributes:
        by: the labels that name one.
        when: the conditions.
        version: of the rule; one more with each change of a bound.
        share: show the share of the identities that have any sum instead of the number.
        cases: whether an incident becomes a record of ``pulse.case``.
    """

    made: ClassVar[tuple[str, ...]] = ()
    by: tuple[str, ...]
    when: tuple[Condition, ...]
    version: int = 1
    share: bool = False
    cases: bool = True

    @property
    def addable(self) -> bool:
        """Numbers of identities may be added up over labels, shares not."""
        return not self.share

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        return tuple(dict.fromkeys(name for one in self.when for name in one.measures))


Aggregate = Quantile | OverEach | Flagged
