"""A distance from the usual, in the series' own unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.conditions.condition import Moving, number
from creator_pulse.stream.catalog.declaration.recorded import baseline_of

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds, Edges


@dataclass(frozen=True, slots=True)
class Apart(Moving):
    """A distance from the baseline, in the series' own unit (0.05 of a ratio: 5 percentage points).

    Fires when ``series < B - below`` or ``series > B + above``. For example ``Apart(below=0.05)``.

    Attributes:
        below: None: falling is no fault.
        above: None: rising is no fault.
    """

    below: float | None = None
    above: float | None = None

    def expression(self, series: str) -> str:
        """The side, or either side."""
        base = baseline_of(series)
        texts = [f"{series} {op} {number(by)} + {base}" for op, by in self._sides()]
        return texts[0] if len(texts) == 1 else f"({' or '.join(texts)})"

    def bounds(self, usual: float | None) -> Bounds:
        """The side, or either side; none without history."""
        return () if usual is None else tuple((op, usual + by) for op, by in self._sides())

    def edges(self, value: str, usual: str) -> Edges:  # noqa: ARG002 - usual is enough
        """The side, or either side."""
        return tuple((op, f"({number(by)} + {usual})") for op, by in self._sides())

    @property
    def parameter(self) -> float | None:
        """The distance, if there is one side."""
        return None if len(self._sides()) > 1 else abs(self._sides()[0][1])

    @property
    def meaning(self) -> str:
        """The distance that is added to the baseline, or subtracted."""
        return "away from what is usual"

    def set_to(self, parameter: float) -> Apart:
        """With another distance."""
        return replace(self, below=parameter) if self.below is not None else replace(self, above=parameter)

    def against(self, series: str, bound: str) -> str:
        """The distance on its side."""
        op = "<" if self.below is not None else ">"
        return "" if self.parameter is None else f"{series} {op} {self.edge_at(series, bound)}"

    def edge_at(self, series: str, parameter: str) -> str:
        """So far from the baseline, on its side."""
        return f"{baseline_of(series)} {'-' if self.below is not None else '+'} {parameter}"

    def _sides(self) -> Bounds:
        """(operator, offset from the baseline)."""
        below = () if self.below is None else (("<", -self.below),)
        above = () if self.above is None else ((">", self.above),)
        return (*below, *above)
