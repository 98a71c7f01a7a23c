"""A figure of each identity, which the aggregates over identities look at."""

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
        also: sums that must be above 0, each, to be looked at: steps that come before.
        floor: least figure, in the shown unit; 0: anything above 0.
        largest: look at so many identities with the largest figures only; 0: at all.
    """

    by: tuple[str, ...]
    of: Sum | Ratio
    least: Mapping[str, int] = field(default_factory=dict)
    floor: int = 0
    largest: int = 0
    also: tuple[Sum, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        others = (*self.least, *(name for step in self.also for name in step.measures))
        return tuple(dict.fromkeys((*self.of.measures, *others)))

    @property
    def text(self) -> str:
        """Who is looked at, and their figure, in words."""
        definition = self.of.definition()
        figure = definition.numerator + (f" / ({definition.denominator})" if definition.denominator else "")
        least = [f"{name} >= {bound}" for name, bound in self.least.items()]
        least += [f"({step.definition().numerator}) above 0" for step in self.also]
        floor = f"of {self.floor} or more" if self.floor else "above 0"
        which = f"; the {self.largest} largest" if self.largest else ""
        return (
            " and ".join((f"identities by {', '.join(self.by)} with a figure ({figure}) {floor}", *least))
            + which
        )
