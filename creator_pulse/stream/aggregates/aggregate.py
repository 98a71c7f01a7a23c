"""What every kind of aggregate says of itself, and how it makes results of the sums of a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from creator_pulse.stream.aggregates.result import NOTHING
from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.aggregates.definition import Definition
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result

Past = tuple[tuple[str, ...], int]
"""Ids of measures, and how far back before the window they are read, ms."""


class TwoSums(NamedTuple):
    """A sum over a sum: measure id -> weight, above and below, a factor, and whether it is a share."""

    num: Mapping[str, int]
    den: Mapping[str, int]
    factor: int
    bounded: bool


class Rule(NamedTuple):
    """Whom cases are of: the version of the rule, and the labels that name somebody."""

    version: int
    by: tuple[str, ...]


class Aggregate(ABC):
    """How a value is made of sums: a declaration, and its arithmetic.

    An aggregate holds no state, so one object serves all lanes. It reads a window's sums through ``Reading``.

    Attributes:
        own_labels: labels of the value that the aggregate itself makes (``rank``); they come last.
        slow: whether it looks at so many sums that, in windows of business days, it is made seldom.
        dated: whether its results depend on when the window is, not on its sums alone.
        quotient: whether it divides one sum by another, so that it has its own unit.
        quantile: whether it is a quantile of numbers, which stands beside other quantiles only.
    """

    __slots__ = ()
    own_labels: ClassVar[tuple[str, ...]] = ()
    slow: ClassVar[bool] = True
    dated: ClassVar[bool] = False
    quotient: ClassVar[bool] = False
    quantile: ClassVar[bool] = False

    @property
    @abstractmethod
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""

    @abstractmethod
    def definition(self) -> Definition:
        """How the number is computed, for example for an oracle that computes it again."""

    @abstractmethod
    def results(self, window: Reading) -> dict[Labels, Result]:
        """The results of all groups that have records and are wanted; labels that it makes come last."""

    def nothing(self, scale_of: Callable[[str], int]) -> Result:
        """The result of a group without records.

        Args:
            scale_of: measure id -> divisor of the sum when shown, at least 1.
        """
        del scale_of
        return NOTHING

    @property
    def addable(self) -> bool:
        """Whether results may be added up over labels: no quantile, share or number of somebody may."""
        return False

    @property
    def grows(self) -> bool:
        """Whether it grows with the product, so that its baseline is corrected for growth."""
        return self.addable

    @property
    def names_somebody(self) -> bool:
        """Whether results say who it is, so that the texts behind hidden keys must be known."""
        return False

    @property
    def series(self) -> int:
        """How many sets of values the labels that it makes can have: its share in the budget of series.

        Raises:
            CatalogError: it makes labels, and does not say so.
        """
        if self.own_labels:
            raise CatalogError(f"nobody says how many values {sorted(self.own_labels)} may have")
        return 1

    @property
    def past(self) -> Past:
        """The measures that it reads on business days before its window, and how far back."""
        return (), 0

    def hidden_of(self, measure: str) -> tuple[str, ...]:
        """The hidden labels that a measure of the aggregate must have.

        Args:
            measure: id of one of ``measures``.
        """
        del measure
        return ()

    def terms_added(self) -> Mapping[str, int]:
        """Measure id -> weight, if the result is a weighted sum; empty if it is something else."""
        return {}

    def two_sums(self) -> TwoSums | None:
        """Numerator and denominator if it is a ratio of sums, which PromQL can divide again."""
        return None

    @property
    def ranks_by(self) -> tuple[str, ...]:
        """The labels that name who has a rank; none if its results are no ranks."""
        return ()

    def rule(self) -> Rule | None:
        """The rule that its cases name, if each identity that it counts becomes a case."""
        return None
