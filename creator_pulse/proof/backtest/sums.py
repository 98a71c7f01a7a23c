"""The content of a world: sums by minute, for each measure and its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

MINUTE_MS = 60_000
HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY
"""Minutes."""


class SeriesKey(NamedTuple):
    """One series of a world.

    Attributes:
        measure: a measure of the catalogue, or one of the pipeline's.
        app: empty for the pipeline, which is counted by topic.
        region: of the app; for the pipeline the topic.
    """

    measure: str
    app: str
    region: str


class MinuteSums:
    """Whole-number sums by minute of every series; a minute without records is 0.

    Args:
        minutes: how many minutes each series has.
    """

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self._series: dict[SeriesKey, NDArray[np.int64]] = {}

    def __getitem__(self, key: SeriesKey) -> NDArray[np.int64]:
        return self._series[key]

    def __setitem__(self, key: SeriesKey, sums: NDArray[np.int64]) -> None:
        assert sums.shape == (self.minutes,)
        self._series[key] = sums

    def __contains__(self, key: SeriesKey) -> bool:
        return key in self._series

    def __iter__(self) -> Iterator[SeriesKey]:
        """All series, in the order of their labels."""
        return iter(sorted(self._series))

    def __len__(self) -> int:
        return len(self._series)

    def places(self, app: str, measure: str) -> list[str]:
        """The regions in which an app has a measure."""
        return [key.region for key in self if (key.app, key.measure) == (app, measure)]

    def apps(self) -> list[str]:
        """The apps, without the pipeline."""
        return sorted({key.app for key in self._series} - {""})

    def add(self, key: SeriesKey, minutes: Iterable[int], amounts: Iterable[int]) -> None:
        """Add amounts to single minutes of a series, which is created if the world does not have it."""
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = np.zeros(self.minutes, np.int64)
        np.add.at(series, np.fromiter(minutes, np.int64), np.fromiter(amounts, np.int64))
