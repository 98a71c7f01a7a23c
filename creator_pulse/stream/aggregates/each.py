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

    @property
    def text(self) -> str:
        """Who is looked at, and their figure, in words."""
        definition = self.of.definition()
        figure = definition.numerator + (f" / ({definition.denominator})" if definition.denominator else "")
        least = [f"{name} >= {bound}" for name, bound in self.least.items()]
        floor = f"of {self.floor} or more" if self.floor else "above 0"
        which = f"; the {self.largest} largest" if self.largest else ""
        return (
            " and ".join((f"identities by {', '.join(self.by)} with a figure ({figure}) {floor}", *least))
            + which
        )
