"""The viewers that are there, by those that are expected: fewer of them give fewer gifts, and all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST, MOST = 0.3, 3.0
"""With fewer, watching is broken itself, and says nothing of the rest; with more likewise."""


class Watching(Protocol):
    """The evidence of the topic that says how many watch."""

    @property
    def version(self) -> int:
        """Goes up whenever the answers may change."""
        ...

    def viewers(self) -> tuple[dict[str, int], Floats, Floats]:
        """Places of regions, and the part of the expected viewers: now, and in the last hour."""
        ...


class Viewers:
    """The part of the usual viewers that watch. For a region without viewers so far, the whole app stands in.

    Attributes:
        topic: the evidence of watching, None where there is none.
    """

    def __init__(self) -> None:
        self.topic: Watching | None = None
        self._version = -1
        # Of the last version, by the regions asked for: now and in the last hour.
        self._told: dict[tuple[str, ...], tuple[Floats, Floats]] = {}

    def of(self, regions: Collection[str]) -> Floats:
        """The part of the expected viewers in the last five minutes; 1 if there is no expectation."""
        return self._of(regions)[0]

    def slowly_of(self, regions: Collection[str]) -> Floats:
        """Likewise over the last hour, but the expectation is without today's level."""
        return self._of(regions)[1]

    def _of(self, regions: Collection[str]) -> tuple[Floats, Floats]:
        if self.topic is None:
            return np.ones(len(regions)), np.ones(len(regions))
        if self.topic.version != self._version:
            self._version, self._told = self.topic.version, {}
        names = tuple(regions)
        if names not in self._told:
            places, now, hour = self.topic.viewers()
            at = np.array([places.get(region, 0) for region in names])
            self._told[names] = (_there(now, at), _there(hour, at))
        return self._told[names]


def _there(ratios: Floats, at: NDArray[np.int64]) -> Floats:
    """By region; the whole, which has place 0, stands in for one that says nothing."""
    there = np.where(np.isnan(ratios[at]), ratios[0], ratios[at])
    there = np.where(np.isnan(there), 1.0, there)
    return np.where((there < LEAST) | (there > MOST), 1.0, there)
