"""A figure above a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.figures import figure_of
from creator_pulse.stream.aggregates.result import quotient
from creator_pulse.stream.aggregates.rules.rule import RuleCondition, Tested

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.ratio import Ratio
    from creator_pulse.stream.aggregates.rules.rule import Tried
    from creator_pulse.stream.aggregates.sum import Sum


@dataclass(frozen=True, slots=True)
class Above(RuleCondition):
    """A figure of the identity is above a bound. For example ``Above(Sum({"gift_coins": 1}), 20_000)``.

    Attributes:
        of: the figure.
        bound: in the shown unit; a figure equal to it is not above.
    """

    of: Sum | Ratio
    bound: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return self.of.measures

    @property
    def text(self) -> str:
        """The condition in words."""
        definition = self.of.definition()
        figure = definition.numerator + (f" / ({definition.denominator})" if definition.denominator else "")
        return f"a figure ({figure}) above {int(self.bound)}"

    def tested(self, tried: Tried) -> Tested:
        """Whose figure is above it."""
        figure = figure_of(tried.window, self.of)
        figures, there = figure.of(tried.people.sums, tried.rows)
        over = np.flatnonzero(figures > self.bound * figure.scale)
        texts = [str(quotient(int(number), figure.scale).exact) for number in figures[over]]
        return Tested(there[over], "+".join(self.measures), texts, f"> {self.bound}")
