"""A distance from what is usual in standard deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.catalog.declaration.conditions.condition import Moving, number
from creator_pulse.stream.catalog.declaration.recorded import baseline_of, deviation_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.conditions.condition import Bounds, Edges

SIGMA = 0.2
"""The standard deviation in a test, of what is usual."""


@dataclass(frozen=True, slots=True)
class Deviation(Moving):
    """A distance from the baseline in standard deviations of the same hour of the last four weeks.

    Fires when ``series > B + times * sigma``. One week of history has no deviation: then B itself. For
    example ``Deviation(3)``.
    """

    spreads: ClassVar[bool] = True
    times: float

    def expression(self, series: str) -> str:
        """The deviation, and the baseline that it is added to."""
        return f"{series} > {number(self.times)} * {deviation_of(series)} + {baseline_of(series)}"

    def bounds(self, usual: float | None) -> Bounds:
        """One bound, with the deviation that a test has; none without history."""
        return () if usual is None else ((">", usual + self.times * (SIGMA * usual)),)

    def edges(self, value: str, usual: str, deviation: str) -> Edges:  # noqa: ARG002 - it has no own value
        """One."""
        return ((">", f"({number(self.times)} * {deviation} + {usual})"),)

    def probe(self, series: str, usual: float) -> Mapping[str, float]:
        """The baseline and the deviation."""
        return {baseline_of(series): usual, deviation_of(series): SIGMA * usual}
