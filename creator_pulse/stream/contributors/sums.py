"""Exact sums by row: of minutes for some hours, of hours for five weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

HOUR = 60
"""Minutes in an hour."""
KEPT = 6 * HOUR
"""Minutes that are kept one by one after they have closed; at most an hour more."""
MOST_MINUTES = 12 * HOUR
"""Minutes that have sums of their own; increments further ahead are added up by the hour."""
HOURS = 36 * 24
"""Hours that are kept: five weeks and a day."""


class RowSums:
    """Sums of some measures, by row.

    An increment is added to its minute; once minutes are old they become an hour. So each increment is
    kept once.

    Args:
        columns: number of measures, at least 1.

    Attributes:
        minutes: number of the minute since the epoch -> sums by row and measure; of maybe fewer rows.
        hours: number of the hour -> likewise, without what still stands in minutes.
        closed: the first minute that is open; None before the first close.
        first: the first hour in which something was counted; None before.
        dirty_minutes: minutes that changed since they were last written.
        dirty_hours: likewise.

    Example:
        >>> sums = RowSums(1)
        >>> sums.add(61, np.array([[5], [0], [5]]))
        >>> sums.close(62)
        True
        >>> sums.of_hour(1, 3).tolist()
        [[5], [0], [5]]
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.minutes: dict[int, Ints] = {}
        self.hours: dict[int, Ints] = {}
        self.closed: int | None = None
        self.first: int | None = None
        self.dirty_minutes: set[int] = set()
        self.dirty_hours: set[int] = set()

    def add(self, minute: int, totals: Ints) -> None:
        """Add increments to one minute; those older than the oldest hour are ignored.

        Args:
            minute: its number since the epoch.
            totals: by row and measure.
        """
        hour = minute // HOUR
        # ``close`` has dropped such an hour; a late increment would bring back a stump.
        if self.closed is not None and hour <= self.closed // HOUR - HOURS:
            return
        self.first = hour if self.first is None else min(self.first, hour)
        has_minutes = self.closed is None or minute >= self.oldest
        if minute in self.minutes or (has_minutes and len(self.minutes) < MOST_MINUTES):
            self._add(self.minutes, minute, totals)
            self.dirty_minutes.add(minute)
        else:
            self._add(self.hours, hour, totals)
            self.dirty_hours.add(hour)

    @property
    def oldest(self) -> int:
        """The oldest minute that has separate sums, the first of an hour."""
        return ((self.closed or 0) - KEPT) // HOUR * HOUR

    def close(self, until: int) -> bool:
        """Close the minutes before ``until``; one that goes back closes nothing.

        Returns:
            whether an hour has begun since the last close.
        """
        if self.closed is not None and until <= self.closed:
            return False
        before, self.closed = self.closed, until
        if before is not None and before // HOUR == until // HOUR:
            return False
        # From now on nobody asks for these minutes one by one.
        for minute in sorted(minute for minute in self.minutes if minute < self.oldest):
            array = self.minutes.pop(minute)
            self._add(self.hours, minute // HOUR, array)
            self.dirty_minutes.add(minute)
            self.dirty_hours.add(minute // HOUR)
        last = until // HOUR - HOURS
        for hour in [hour for hour in self.hours if hour <= last]:
            del self.hours[hour]
            self.dirty_hours.add(hour)
        return True

    def of_minute(self, minute: int, rows: int) -> Ints:
        """The sums of a minute by row and measure."""
        return _long(self.minutes.get(minute), rows, self.columns)

    def of_hour(self, hour: int, rows: int) -> Ints:
        """The sums of an hour by row and measure."""
        total = _long(self.hours.get(hour), rows, self.columns).copy()
        # Minutes from ``oldest`` on are not yet in the sum of their hour.
        if (hour + 1) * HOUR > self.oldest:
            for minute in range(hour * HOUR, (hour + 1) * HOUR):
                array = self.minutes.get(minute)
                if array is not None:
                    total[: len(array)] += array[:rows]
        return total

    def move(self, row: int, to: int) -> None:
        """Add all sums of a row to those of another, and begin it anew."""
        for arrays, dirty in ((self.minutes, self.dirty_minutes), (self.hours, self.dirty_hours)):
            for number, array in arrays.items():
                if len(array) > row and array[row].any():
                    array[to] += array[row]
                    array[row] = 0
                    dirty.add(number)

    @property
    def size(self) -> int:
        """Bytes of all sums."""
        return sum(array.nbytes for arrays in (self.minutes, self.hours) for array in arrays.values())

    def _add(self, arrays: dict[int, Ints], number: int, totals: Ints) -> None:
        array = arrays.get(number)
        if array is None or len(array) < len(totals):
            array = arrays[number] = _long(array, len(totals), self.columns).copy()
        array[: len(totals)] += totals


def _long(array: Ints | None, rows: int, columns: int) -> Ints:
    """The same with rows of zeros behind, or without the last ones."""
    if array is not None and len(array) == rows:
        return array
    longer = np.zeros((rows, columns), np.int64)
    if array is not None:
        longer[: len(array)] = array[:rows]
    return longer
