"""A fixed bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from creator_pulse.stream.catalog.declaration.conditions.condition import Condition, number

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds


@dataclass(frozen=True, slots=True)
class Limit(Condition):
    """A fixed bound: fires when ``series op bound``. For example ``Limit(">", 0.04)``: over 4 %."""

    op: Literal["<", ">", "=="]
    bound: float

    def expression(self, series: str) -> str:
        """One comparison."""
        return f"{series} {self.op} {number(self.bound)}"

    def bounds(self, usual: float | None) -> Bounds:  # noqa: ARG002 - the bound is fixed
        """The bound, whatever is usual."""
        return ((self.op, self.bound),)

    @property
    def parameter(self) -> float | None:
        """The bound; of what must not be a certain number there is none that could be moved."""
        return None if self.op == "==" else self.bound

    def set_to(self, parameter: float) -> Limit:
        """With another bound."""
        return replace(self, bound=parameter)

    def against(self, series: str, bound: str) -> str:
        """The bound itself."""
        return "" if self.parameter is None else f"{series} {self.op} {bound}"

    def edge_at(self, series: str, parameter: str) -> str:
        """The bound itself, by the labels of the series."""
        return f"0 * {series} + {parameter}"

    def fixed(self) -> Bounds:
        """The bound is a line on a panel."""
        return ((self.op, self.bound),)
