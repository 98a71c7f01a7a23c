"""Many partners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.rules.partners import pairs, partners_of
from creator_pulse.stream.aggregates.rules.rule import RuleCondition, Tested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels
    from creator_pulse.stream.aggregates.rules.rule import Tried


@dataclass(frozen=True, slots=True)
class ManyPartners(RuleCondition):
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

    def beside(self, window: Reading, by: tuple[str, ...]) -> Mapping[Labels, People]:
        """The pairs."""
        return pairs(window, by, self.measures)

    def tested(self, tried: Tried) -> Tested:
        """Who has as many."""
        owner, _ = partners_of(tried, self.measure)
        number = np.bincount(owner, minlength=len(tried.rows))
        met = np.flatnonzero(number >= self.least)
        texts = list(map(str, number[met].tolist()))
        return Tested(tried.rows[met], f"partners in {self.measure}", texts, f">= {self.least}")
