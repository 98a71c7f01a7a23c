"""A band around the usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.conditions.condition import Moving, number
from creator_pulse.stream.catalog.declaration.recorded import baseline_of

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds, Edges
    from creator_pulse.stream.catalog.declaration.conditions.scale import Scale


@dataclass(frozen=True, slots=True)
class Outside(Moving):
    """A band around the baseline B*: fires when ``series < low * B*`` or ``series > high * B*``.

    For example ``Outside(0.5, 2)``: under half of the baseline, or over twice as much.
    """

    low: float
    high: float

    def expression(self, series: str) -> str:
        """Either side."""
        base = baseline_of(series)
        return f"({series} < {number(self.low)} * {base} or {series} > {number(self.high)} * {base})"

    def bounds(self, usual: float | None) -> Bounds:
        """Either side; none without history."""
        return () if usual is None else (("<", self.low * usual), (">", self.high * usual))

    def edges(self, value: str, usual: str) -> Edges:  # noqa: ARG002 - usual is enough
        """Either side."""
        return (("<", f"{number(self.low)} * {usual}"), (">", f"{number(self.high)} * {usual}"))

    def usual_in_test(self, scale: Scale) -> float | None:
        """Such that the upper side can be."""
        return scale.usual_below(self.high)

    def factors(self) -> Bounds:
        """Either side."""
        return (("<", self.low), (">", self.high))
