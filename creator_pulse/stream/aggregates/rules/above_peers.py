"""Above the usual for as large a mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.aggregates.figures import RATIO_SCALE
from creator_pulse.stream.aggregates.result import quotient
from creator_pulse.stream.aggregates.rules.rule import RuleCondition, Tested

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.rules.rule import Tried

_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class AbovePeers(RuleCondition):
    """A sum by the mean of readings is above a quantile of the identities whose mean is about as large.

    For example rooms with a mean of 10 to 99 viewers are compared with each other.

    Means are about as large if they have as many digits before the point. One below 1 counts as 1, and
    an identity without a reading has none, and is never flagged. Who has no sum is nobody's peer.

    Attributes:
        of: the sum.
        total: sum of the readings.
        number: how many readings.
        permille: which quantile, 999 for p99.9: the value at place ``(n - 1) * permille // 1000``.
        least: peers, itself included, from which on the quantile decides.
        bound: of the sum by the mean, if there are fewer peers.
    """

    of: str
    total: str
    number: str
    permille: int
    least: int
    bound: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return (self.of, self.total, self.number)

    @property
    def text(self) -> str:
        """The condition in words."""
        mean = f"max(1, {self.total} / {self.number})"
        return (
            f"{self.of} and {self.number} above 0, and {self.of} / {mean} above the one at place (n - 1) * "
            f"{self.permille} // 1000 of the n identities whose {self.total} // {self.number} has as many "
            f"digits (0 as 1 to 9), or above {int(self.bound)} where n is below {int(self.least)}: settings"
        )

    def tested(self, tried: Tried) -> Tested:
        """Who is above it; peers are all that have an id, whatever other conditions they meet."""
        somebody = tried.somebody
        sums, total, number = (tried.people.sums[name][somebody].astype(object) for name in self.measures)
        there = np.flatnonzero(((sums > 0) & (number > 0)).astype(np.bool_))
        sums, total, number = sums[there], total[there], number[there]
        # sum / mean, where mean = total / number, at least 1
        figures = sums * number * RATIO_SCALE // np.maximum(total, number)
        size = np.searchsorted(_POWERS, (total // number).astype(np.int64), side="right")
        bounds = np.empty(len(there), dtype=object)
        for digits in np.unique(size).tolist():
            peers = size == digits
            bounds[peers] = self._bound(figures[peers])
        over = np.flatnonzero((figures > bounds).astype(np.bool_))
        over = over[np.isin(somebody[there[over]], tried.rows)]
        what = f"{self.of} / mean of {self.total}"
        texts = [str(quotient(int(figures[row]), RATIO_SCALE).exact) for row in over.tolist()]
        texts_of_bounds = [f"> {quotient(int(bounds[row]), RATIO_SCALE).exact}" for row in over.tolist()]
        return Tested(
            somebody[there[over]], what, texts, f"p{self.permille / 10:g} of its size", texts_of_bounds
        )

    def _bound(self, figures: npt.NDArray[np.object_]) -> int:
        if len(figures) < self.least:
            return self.bound * RATIO_SCALE
        return int(np.sort(figures)[(len(figures) - 1) * self.permille // 1000])
