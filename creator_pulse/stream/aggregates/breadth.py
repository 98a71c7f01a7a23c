"""In how many ways identities have something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.aggregates.each import Each
    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Breadth(OverEach):
    """The mean number of ways in which an identity has a figure.

    For example a earns with gifts and ads, b with gifts only: 1.5 tools for each.

    Attributes:
        ways: the figure of each way, of single identities.
    """

    ways: tuple[Each, ...] = ()

    def identities(self) -> Iterator[Each]:
        """Those of all figures together, and those of each way."""
        yield from (self.each, *self.ways)

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "mean number of ways",
            "of these, how many there are in each way, added up over the ways",
            "how many are below",
            f"ways: {'; '.join(way.text for way in self.ways)}. Below the line {self.each.text}",
            high=len(self.ways),
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The mean of each group; nobody is no denominator."""
        ways = [ranked_of(window, way) for way in self.ways]
        return {
            group: self._mean(ranked, [way[group] for way in ways if group in way])
            for group, ranked in ranked_of(window, self.each).items()
        }

    def _mean(self, ranked: Ranked, ways: list[Ranked]) -> Result:
        if not ranked:
            return NOTHING
        # Keys of single identities have one column.
        number = sum(int(np.isin(way.keys, ranked.keys).sum()) for way in ways)
        return quotient(number, len(ranked))
