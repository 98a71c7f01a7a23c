"""The viewers that are there, by those that are expected: fewer of them give fewer gifts, and all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from creator_pulse.stream.evidence.history import WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST, MOST = 0.3, 3.0
"""With fewer, watching is broken itself, and says nothing of the rest; with more likewise."""


class Watching(Protocol):
    """The evidence of the topic that says how many watch."""

    def viewers(self) -> tuple[dict[str, int], Floats, Floats]:
        """Places of regions, and what is there of what is expected: now, and in the last hour."""
        ...


class Viewers:
    """What the topic of watching says of the others. For a region that it has not seen, the whole stands in.

    Attributes:
        topic: the evidence of watching, None where there is none.
    """

    def __init__(self) -> None:
        self.topic: Watching | None = None

    def of(self, regions: Sequence[str]) -> NDArray[np.float64]:
        """What is there of what is expected in the last five minutes; 1 where watching says nothing."""
        return self._of(regions, slowly=False)

    def slowly_of(self, regions: Sequence[str]) -> NDArray[np.float64]:
        """Likewise of the last hour, against what is usual without today's level."""
        return self._of(regions, slowly=True)

    def _of(self, regions: Sequence[str], *, slowly: bool) -> NDArray[np.float64]:
        if self.topic is None:
            return np.ones(len(regions))
        places, now, hour = self.topic.viewers()
        ratios = hour if slowly else now
        found = np.array([ratios[places.get(region, 0)] for region in regions])
        there = np.where(np.isnan(found), ratios[places[WHOLE]], found)
        there = np.where(np.isnan(there), 1.0, there)
        return np.where((there < LEAST) | (there > MOST), 1.0, there)
