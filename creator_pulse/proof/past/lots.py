"""Where sums of the past stand: in whole hours long ago, and in minutes before a look and before the end."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

BEFORE_A_LOOK = tuple(minutes * MINUTE_MS for minutes in (0, 1, 5, 10, 15, 30, 60))
"""Lengths of the windows that slide by the minute: where each begins, and where all end."""


class Lots:
    """Cuts spans into lots, whose sums stand in the first minute of each.

    What windows hold at a look is exact, as these begin and end where lots do: those of hours and days at
    whole hours, the shorter ones some minutes before the look.

    Args:
        late_ms: how far the watermark stays behind the time of a look.
        fine_since_ms: from when on each minute is a lot, epoch ms: windows of the live run hold a part of it.
        looks: at which the series are looked at later, epoch ms: their windows begin in spans before them.

    Example:
        >>> lots = Lots(late_ms=5_000, fine_since_ms=2**60)
        >>> [start // MINUTE_MS for start in lots.starts(0, 2 * HOUR_MS)]
        [0, 59, 60, 89, 104, 109, 114, 118, 119]
    """

    def __init__(self, late_ms: int, fine_since_ms: int, looks: Iterable[int] = ()) -> None:
        self._late_ms, self._fine_since_ms = late_ms, fine_since_ms
        self._cuts = sorted({cut for look in looks for cut in self._before(look)})

    def _before(self, look_ms: int) -> Iterator[int]:
        """Where the windows of minutes begin and end that are looked at then."""
        newest = (look_ms - self._late_ms) // MINUTE_MS * MINUTE_MS
        return (newest - length for length in BEFORE_A_LOOK)

    def starts(self, begin_ms: int, look_ms: int) -> list[int]:
        """Where the lots of a span begin, rising; the last one ends at the look.

        Args:
            begin_ms: where the span before ended, epoch ms.
            look_ms: when the series are looked at, epoch ms.
        """
        fine = max(begin_ms, self._fine_since_ms)
        cuts = {
            begin_ms,
            *range(-(-begin_ms // HOUR_MS) * HOUR_MS, look_ms, HOUR_MS),
            *self._before(look_ms),
            *self._cuts[bisect_left(self._cuts, begin_ms) : bisect_left(self._cuts, look_ms)],
            *range(-(-fine // MINUTE_MS) * MINUTE_MS, look_ms, MINUTE_MS),
        }
        return sorted(cut for cut in cuts if begin_ms <= cut < look_ms)


def begins_of(starts: Sequence[int], times: NDArray[np.int64]) -> NDArray[np.int64]:
    """The begins of the lots that hold some times; of a time before all lots the time itself.

    Args:
        starts: of lots, rising, epoch ms.
        times: epoch ms, shape (n,).

    Example:
        >>> begins_of([60_000, 120_000], np.array([130_000, 5])).tolist()
        [120000, 5]
    """
    begins = np.array([0, *starts], np.int64)
    # The number of lots that begin by then: 0 before the first, else the lot after that place.
    places = np.searchsorted(begins[1:], times, side="right")
    return np.where(places > 0, begins[places], times)
