"""A figure of each identity: what the aggregates over identities look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.ratio import Ratio
    from creator_pulse.stream.aggregates.sum import Sum


@dataclass(frozen=True, slots=True)
class Each:
    """A figure of each identity. For example ``Each(("creator_id",), Sum({"earned": 1}), floor=1)``.

    Attributes:
        by: the labels that name one: one label, or two for a pair.
        of: the figure, computed for each identity by itself.
        least: measure id -> least sum, in its smallest unit, to be looked at.
        floor: least figure, in the shown unit; 0: anything above 0.
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
