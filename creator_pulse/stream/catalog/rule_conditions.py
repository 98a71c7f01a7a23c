"""Conditions of a rule about somebody that look beyond their own sums: alike, elsewhere, among peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declare import Ratio, Sum

AMOUNT = "amount"
"""The label that a measure with ``Measure.bucket`` has where only equal sizes belong together."""


@dataclass(frozen=True, slots=True)
class ManyAlike:
    """Of records of one size an identity has more than a bound.

    Attributes:
        measure: counts records, with the labels of the rule and ``amount``.
        bound: records of one size.
    """

    measure: str
    bound: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (self.measure,)


@dataclass(frozen=True, slots=True)
class Below:
    """A figure of what an identity is in is below a bound; where nothing is known of it, that is not met.

    Attributes:
        by: labels of the rule that name what it is in.
        of: the figure.
        bound: in the unit of what is shown.
        known: counts the records that tell of it: without one, nothing is known.
    """

    by: tuple[str, ...]
    of: Sum | Ratio
    bound: int
    known: str

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return tuple(dict.fromkeys((*self.of.measures, self.known)))


@dataclass(frozen=True, slots=True)
class AbovePeers:
    """A sum by the mean of readings is above a quantile of the identities whose mean is about as large.

    Means are about as large where they have as many digits before the point. One below 1 counts as 1, and
    an identity without a reading has none: nothing is known of it. Who has no sum is nobody's peer.

    Attributes:
        of: the sum.
        total: sum of the readings.
        number: how many readings.
        permille: which quantile, 999 for p99.9: the value at place ``(n - 1) * permille // 1000``.
        least: peers, itself included, from which on the quantile decides.
        bound: of the sum by the mean, where there are fewer peers.
    """

    of: str
    total: str
    number: str
    permille: int
    least: int
    bound: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (self.of, self.total, self.number)
