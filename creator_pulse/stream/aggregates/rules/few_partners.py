"""Few partners hold most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.result import quotient
from creator_pulse.stream.aggregates.rules.partners import PairCondition, first_of, partners_of
from creator_pulse.stream.aggregates.rules.rule import Tested

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.rules.rule import Tried


@dataclass(frozen=True, slots=True)
class FewPartners(PairCondition):
    """The largest partners of an identity hold more than a share of the identity's sum.

    For example ``FewPartners("gift_coins_by_pair", 3, 70)``: three gifters gave over 70 %.

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

    @property
    def text(self) -> str:
        """The condition in words."""
        return (
            f"{self.count} partners, the largest, that hold over {self.percent} % of all their {self.measure}"
        )

    def tested(self, tried: Tried) -> Tested:
        """Whose largest partners hold more than the share."""
        owner, by_name = partners_of(tried, self.measure)
        sums, rows = by_name.get(self.measure), tried.rows
        top = np.zeros(len(rows), dtype=np.int64 if sums is None else sums.dtype)
        if sums is not None:
            # Pairs in the order of their identity, the largest sum first: the place less that of the first
            # pair of the identity is the rank of the partner.
            order = np.lexsort((-sums, owner))
            rank = np.arange(len(order)) - first_of(owner, len(rows))[owner[order]]
            chosen = order[rank < self.count]
            np.add.at(top, owner[chosen], sums[chosen])
        totals = tried.people.sums[self.measure][rows]
        met = np.flatnonzero(top * 100 > self.percent * totals)
        what = f"share of the top {self.count} in {self.measure}"
        shares = [str(quotient(int(top[row]), int(totals[row])).exact) for row in met]
        return Tested(rows[met], what, shares, f"> {self.percent} %")
