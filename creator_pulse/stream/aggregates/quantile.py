"""A quantile over records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from msgspec.structs import replace

from creator_pulse.stream.aggregates.aggregate import Aggregate
from creator_pulse.stream.aggregates.buckets import BUCKET, middle
from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.result import quotient

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Quantile(Aggregate):
    """A quantile over records, within 2 % of the exact one. For example ``Quantile("payout_delays", 950)``.

    Attributes:
        measure: counts records, with the label ``bucket``.
        permille: which quantile, 950 for p95: the value at place ``(n - 1) * permille // 1000``.
        scale: shown value = bucket / scale.
    """

    quantile: ClassVar[bool] = True

    measure: str
    permille: int
    scale: int = 1

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads."""
        return (self.measure,)

    def hidden_of(self, measure: str) -> tuple[str, ...]:
        """How large a record was."""
        del measure
        return (BUCKET,)

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "quantile of records",
            f"the size at place (n - 1) * {self.permille} // 1000 of n, the smallest first, / {self.scale}",
            counts=f"the records of {self.measure}, each by its size; one below 0 has the size 0",
            rounding=(
                "within 2 %: 2 * a * b / (a + b) of the bucket a to b that the size lies in; the first one "
                "is 0 to 0, each begins at a = b + 1 of the one before and ends at b = a * 104 // 100"
            ),
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The quantile of each group; without records there is none."""
        sizes = window.people((BUCKET,), self.measures)
        return {group: self._quantile(counts) for group, counts in sizes.items() if window.wants(group)}

    def _quantile(self, sizes: People) -> Result:
        counts = sizes.sums[self.measure]
        # The key of a size is the place of its bucket, so rising keys are rising sizes.
        rising = np.argsort(sizes.keys[:, 0])
        upto = np.cumsum(counts[rising])
        number = int(upto[-1])
        # The first bucket up to which more records lie than come before the place.
        place = np.searchsorted(upto, (number - 1) * self.permille // 1000, side="right")
        top, bottom = middle(int(sizes.keys[rising[place], 0]))
        return replace(quotient(top, bottom * self.scale), parts=((self.measure, str(number)),))
