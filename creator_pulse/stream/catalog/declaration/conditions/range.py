"""A fixed band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.conditions.condition import Condition, number

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds


@dataclass(frozen=True, slots=True)
class Range(Condition):
    """A fixed band: fires when ``series < low`` or ``series > high``. For example ``Range(0.01, 0.3)``."""

    low: float
    high: float

    def expression(self, series: str) -> str:
        """Either side."""
        return f"({series} < {number(self.low)} or {series} > {number(self.high)})"

    def bounds(self, usual: float | None) -> Bounds:  # noqa: ARG002 - the band is fixed
        """Either side, whatever is usual."""
        return (("<", self.low), (">", self.high))
