"""Many records of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.rules.partners import PairCondition, partners_of
from creator_pulse.stream.aggregates.rules.rule import Tested

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.rules.rule import Tried

AMOUNT = "amount"
"""The label that a measure with ``Measure.bucket`` has if only equal sizes belong together."""


@dataclass(frozen=True, slots=True)
class ManyAlike(PairCondition):
    """Of records of one size an identity has more than a bound.

    For example ``ManyAlike("pair_equal_gifts", 20)``: over 20 gifts of the same coins.

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

    @property
    def text(self) -> str:
        """The condition in words."""
        return f"over {self.bound} in {self.measure} of one amount"

    def tested(self, tried: Tried) -> Tested:
        """Who has more."""
        owner, by_name = partners_of(tried, self.measure)
        sums = by_name.get(self.measure)
        most = np.zeros(len(tried.rows), dtype=np.int64 if sums is None else sums.dtype)
        if sums is not None:
            np.maximum.at(most, owner, sums)
        met = np.flatnonzero(most > self.bound)
        texts = list(map(str, most[met].tolist()))
        return Tested(tried.rows[met], f"most of one size in {self.measure}", texts, f"> {self.bound}")
