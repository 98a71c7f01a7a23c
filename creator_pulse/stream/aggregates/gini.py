"""How unequal the figures of identities are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Gini(OverEach):
    """The Gini coefficient of the figures: 0 where all have the same, near 1 where one has all.

    For example of 1 and 3 it is 0.25: 2 * (1 * 1 + 2 * 3) / (2 * 4) - 3 / 2.
    """

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "Gini coefficient",
            "2 * sum(i * x_i) - (n + 1) * sum(x_i), with the n figures x rising and i from 1",
            "n * sum(x_i)",
            self.each.text,
            high=1,
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The coefficient of each group; without identities there is none."""
        return {
            group: _gini(ranked) if ranked else NOTHING
            for group, ranked in ranked_of(window, self.each).items()
        }


def _gini(ranked: Ranked) -> Result:
    """G = 2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n, with x rising and i from 1: one exact fraction."""
    figures = ranked.figures.astype(object)
    number, total = len(ranked), figures.sum()
    # Figures fall, so the i of the formula falls from n to 1.
    weighted = (np.arange(number, 0, -1) * figures).sum()
    return quotient(int(2 * weighted - (number + 1) * total), int(number * total))
