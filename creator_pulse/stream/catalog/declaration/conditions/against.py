"""A bound that is so many times the usual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from creator_pulse.stream.catalog.declaration.conditions.condition import Moving, number
from creator_pulse.stream.catalog.declaration.recorded import baseline_of

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds, Edges
    from creator_pulse.stream.catalog.declaration.conditions.scale import Scale


@dataclass(frozen=True, slots=True)
class Against(Moving):
    """A bound relative to the baseline B*: fires when ``series op factor * B*``.

    B* is the median of the same hour of the week over three weeks. For example
    ``Against("<", 0.7)``: under 70 % of the baseline.

    Attributes:
        op: comparison.
        factor: multiplies B*.
        floor: absolute bound that holds until there is history; None: silent until then.
        least: bound that must be crossed besides: "over max(3 x B*, 0.5 %)".
    """

    op: Literal["<", ">"]
    factor: float
    floor: float | None = None
    least: float | None = None

    def expression(self, series: str) -> str:
        """The comparison, and what holds until there is history, or besides."""
        base = baseline_of(series)
        compared = f"{series} {self.op} {number(self.factor)} * {base}"
        if self.floor is not None:
            compared = f"({compared} or ({series} {self.op} {number(self.floor)} unless {base}))"
        if self.least is None:
            return compared
        return f"{compared}\nand {series} {self.op} {number(self.least)}"

    def bounds(self, usual: float | None) -> Bounds:
        """One bound: the further one if there are two; without history the floor, if there is one."""
        bound = self.floor if usual is None else self.factor * usual
        if bound is None:
            return ()
        further = max if self.op == ">" else min
        return ((self.op, bound if self.least is None else further(bound, self.least)),)

    def edges(self, value: str, usual: str) -> Edges:
        """One: the further of the two, or the floor while there is no history."""
        return ((self.op, self._edge(value, f"{number(self.factor)} * {usual}")),)

    def edge_at(self, series: str, parameter: str) -> str:
        """As many times the baseline as the parameter says, with what holds besides."""
        return self._edge(series, f"{baseline_of(series)} * {parameter}")

    def _edge(self, value: str, bound: str) -> str:
        if self.least is not None:
            further = "clamp_min" if self.op == ">" else "clamp_max"
            bound = f"{further}({bound}, {number(self.least)})"
        return bound if self.floor is None else f"({bound} or 0 * {value} + {number(self.floor)})"

    @property
    def parameter(self) -> float | None:
        """The factor."""
        return self.factor

    @property
    def meaning(self) -> str:
        """The factor by which the baseline is multiplied."""
        return "times what is usual"

    def set_to(self, parameter: float) -> Against:
        """With another factor."""
        return replace(self, factor=parameter)

    def against(self, series: str, bound: str) -> str:
        """The factor; what must be crossed besides still must."""
        base = baseline_of(series)
        compared = f"{series} {self.op} {base} * {bound}"
        if self.floor is not None:
            compared = f"({compared} or ({series} {self.op} {number(self.floor)} unless {base}))"
        return compared if self.least is None else f"{compared}\nand {series} {self.op} {number(self.least)}"

    def usual_in_test(self, scale: Scale) -> float | None:
        """Such that both bounds are one, or that so many times as much can be."""
        return scale.usual_below(self.factor) if self.least is None else self.least / self.factor

    def runbook(self) -> str:
        """With the bound that holds without history."""
        text = Moving.runbook(self)
        return text if self.floor is None else f"{text} unless the number is beyond {number(self.floor)}"

    def factors(self) -> Bounds:
        """The one."""
        return ((self.op, self.factor),)
