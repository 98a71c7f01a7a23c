"""The usual of each row in an hour: the median of the same hour of earlier weeks, brought to today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.contributors.places import WHOLE
from creator_pulse.stream.evidence.usual import WEEKS, hourly_growth, median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from creator_pulse.stream.contributors.places import Places
    from creator_pulse.stream.contributors.sums import RowSums

    Floats = NDArray[np.float64]

DAY, WEEK = 24, 168
"""Hours in them."""
DAYS = 6
"""Days that are looked back over where no week is known."""
# Hours that late records, of up to two, may still change.
_UNSETTLED = 3


def growth(sums: RowSums) -> Floats:
    """The volume of the last week divided by that of k weeks ago: the median of the hourly ratios.

    Returns:
        by k from 1 to ``WEEKS`` and measure; 1 where a day of hours cannot be compared.
    """
    if sums.closed is None or sums.first is None:
        return np.ones((WEEKS, sums.columns))
    # Late records may still change the last hours: what is said of them must not hang on when it was asked.
    last = sums.closed // 60 - _UNSETTLED
    hours = range(last - WEEK * (WEEKS + 1), last)
    nothing = np.zeros(sums.columns, np.int64)
    of_hours = [sums.of_hour(hour, 1)[WHOLE] if hour >= sums.first else nothing for hour in hours]
    whole = np.array(of_hours, np.float64).T
    return hourly_growth(whole, np.ones(whole.shape, np.bool_)).T


def usual(sums: RowSums, places: Places, hour: int, factors: Floats) -> Floats:
    """What an hour usually brings, a minute.

    The median of the same hour of the last four weeks, each times the growth since; for a row younger than a
    week, that of the last six days. NaN if a row has neither, because then it has no history.

    Args:
        sums: of all rows.
        places: since when each row is counted.
        hour: its number since the epoch.
        factors: the growth, by week and measure.

    Returns:
        by row and measure.
    """
    count = len(places)
    nothing = np.full((count, sums.columns), np.nan)
    if sums.first is None:
        return nothing
    born = np.array([row.born // 60 for row in places.rows])
    born[: 1 + len(places.cuts)] = sums.first
    weeks = _median(sums, born, [hour - WEEK * back for back in range(1, WEEKS + 1)], factors)
    if not np.isnan(weeks).any():
        return weeks / 60
    days = _median(sums, born, [hour - DAY * back for back in range(1, DAYS + 1)], np.ones((DAYS, 1)))
    return np.where(np.isnan(weeks), days, weeks) / 60


def _median(sums: RowSums, born: NDArray[np.int64], hours: list[int], factors: Floats) -> Floats:
    # The hour in which a row began is not whole.
    valid = np.stack([born < hour for hour in hours], axis=-1)
    values = np.stack(
        [
            sums.of_hour(hour, len(born)) * factor if has_value.any() else np.zeros((len(born), sums.columns))
            for hour, factor, has_value in zip(hours, factors, valid.T, strict=True)
        ],
        axis=-1,
    )
    return median(values, np.broadcast_to(valid[:, None, :], values.shape))
