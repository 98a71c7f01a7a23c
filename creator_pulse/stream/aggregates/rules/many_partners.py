"""Many partners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.rules.partners import PairCondition, partners_of
from creator_pulse.stream.aggregates.rules.rule import Tested

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.rules.rule import Tried


@dataclass(frozen=True, slots=True)
class ManyPartners(PairCondition):
    """An identity has at least so many partners.

    For example ``ManyPartners("ring_device_hash_gifts", 5)``: five senders on one device.

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

    @property
    def text(self) -> str:
        """The condition in words."""
        return f"{self.least} partners or more in {self.measure}"

    def tested(self, tried: Tried) -> Tested:
        """Who has as many."""
        owner, _ = partners_of(tried, self.measure)
        number = np.bincount(owner, minlength=len(tried.rows))
        met = np.flatnonzero(number >= self.least)
        texts = list(map(str, number[met].tolist()))
        return Tested(tried.rows[met], f"partners in {self.measure}", texts, f">= {self.least}")
