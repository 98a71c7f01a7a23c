"""The ledger's sums of a past, by hour and by business day, and those of its windows at a moment."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.ledger.truth import ON_TIME, Truth
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.settings import APPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from creator_pulse.proof.ledger.truth import Line

HOURS = "24h"
YESTERDAY, MONTH = "yesterday", "mtd"
_RUNNING = {"day": 1, "7d": 7, "14d": 14, "28d": 28}
"""Windows of so many business days, of which the last is the running one."""
_LONGEST = {**_RUNNING, YESTERDAY: 2, MONTH: 31}
"""How many days back a window begins, the running one with it, at most."""
_OLDEST_OF_HOURS, _OLDEST_OF_DAYS = 2, 3
"""Of the ledger's parts: records over a day late are in no window of hours, and over three days in none."""
_EPOCH = date(1970, 1, 1)
_Key = tuple[str, str]
"""Measure and app."""
_ByStart = dict[_Key, dict[int, int]]
"""Sums by hour of the epoch, or by business day, which are numbered by their date: 0 is 1 January 1970."""


class KeptSum(msgspec.Struct, array_like=True):
    """A sum of an hour or a business day, for spans that follow.

    Attributes:
        measure: its id in the ledger.
        app: label of the app it is of, for example ``tiktok``.
        start: hour of the epoch, or number of the day.
        total: in the measure's smallest unit, as text: sums of money pass 64 bits.
    """

    measure: str
    app: str
    start: int
    total: str


class LedgerSums(Truth):
    """Keeps of all lines those of some measures, by app.

    Args:
        windows: label of each window -> measures that are read in it.
        counters: measures of which a running total is kept.
        day_offsets: app -> how many hours its business day begins before that of UTC.
        hours: what spans before have kept.
        days: what spans before have kept of business days.

    Attributes:
        measures: ids of those that are kept.
        running: measure and app -> sum of the records that came in time since the span began.
    """

    def __init__(
        self,
        windows: Mapping[str, frozenset[str]],
        counters: frozenset[str],
        day_offsets: Mapping[str, int],
        hours: Iterable[KeptSum] = (),
        days: Iterable[KeptSum] = (),
    ) -> None:
        super().__init__()
        self._windows, self._counters = windows, counters
        self._ahead_ms = {app: hours * HOUR_MS for app, hours in day_offsets.items()}
        # Of each measure the longest window of days.
        self._longest: dict[str, int] = defaultdict(int)
        for label, names in windows.items():
            for name in names if label != HOURS else ():
                self._longest[name] = max(self._longest[name], _LONGEST[label])
        self.measures = counters.union(*windows.values())
        self._hours = _resumed(windows[HOURS], hours)
        self._days = _resumed(self._longest, days)
        self.running: dict[_Key, int] = dict.fromkeys(product(counters, APPS), 0)

    def post(self, lines: Iterable[Line], time_ms: int, part: int = ON_TIME, *, counted: bool = True) -> None:
        """Add lines."""
        for measure, labels, value in lines:
            if measure in self.measures:
                self.add(measure, labels[0], value, time_ms, part)
                if counted and measure in self._counters:
                    self.running[measure, labels[0]] += value

    def add(self, measure: str, app: str, value: int, time_ms: int, part: int = ON_TIME) -> None:
        """Add to the hour and the day of a measure.

        Args:
            measure: id, one of ``measures``.
            app: label of the app it is of, for example ``tiktok``.
            value: a whole number in the measure's smallest unit, below 0 too.
            time_ms: chooses hour and day, epoch ms.
            part: how late it is, ``ON_TIME`` or a later part of the ledger's truth.
        """
        if part <= _OLDEST_OF_HOURS and measure in self._windows[HOURS]:
            self._hours[measure, app][time_ms // HOUR_MS] += value
        if part <= _OLDEST_OF_DAYS and measure in self._longest:
            self._days[measure, app][self._day(app, time_ms)] += value

    def of_window(self, label: str, app: str, at_ms: int) -> dict[str, int]:
        """The sums of a window by measure.

        Args:
            label: of the window, for example ``7d``.
            app: label of the app the sums are of.
            at_ms: the watermark, epoch ms.
        """
        sums, starts = (self._hours if label == HOURS else self._days), self._starts(label, app, at_ms)
        totals = {}
        for name in self._windows[label]:
            by_start = sums[name, app]
            totals[name] = sum([by_start[start] for start in starts if start in by_start])
        return totals

    def shows(self, label: str, app: str, began_ms: int, at_ms: int) -> bool:
        """Whether a window shows something: one of whole hours or days waits for the first whole one.

        Args:
            label: of the window, for example ``7d``.
            app: whose business days they are.
            began_ms: when the past begins, epoch ms.
            at_ms: the watermark, epoch ms.
        """
        if label == HOURS:
            return at_ms // HOUR_MS > began_ms // HOUR_MS + 1
        return label != YESTERDAY or self._day(app, at_ms) > self._day(app, began_ms) + 1

    def kept_hours(self, at_ms: int) -> list[KeptSum]:
        """The sums of hours that windows hold after a moment, epoch ms."""
        return _kept(self._hours, lambda _, app: self._starts(HOURS, app, at_ms).start)

    def kept_days(self, at_ms: int) -> list[KeptSum]:
        """The sums of days that windows hold after a moment, epoch ms."""
        return _kept(self._days, lambda name, app: self._day(app, at_ms) - self._longest[name] + 1)

    def _day(self, app: str, time_ms: int) -> int:
        """The number of an app's business day that holds a time."""
        return (time_ms + self._ahead_ms[app]) // DAY_MS

    def _starts(self, label: str, app: str, at_ms: int) -> range:
        """The hours or days of a window: whole hours that are over, or days, most with the running one."""
        if label == HOURS:
            end = at_ms // HOUR_MS
            return range(end - DAY_MS // HOUR_MS, end)
        today = self._day(app, at_ms)
        if label == YESTERDAY:
            return range(today - 1, today)
        days = (_EPOCH + timedelta(days=today)).day if label == MONTH else _RUNNING[label]
        return range(today - days + 1, today + 1)


def _resumed(measures: Iterable[str], kept: Iterable[KeptSum]) -> _ByStart:
    """The sums of some measures, of all apps, as they were kept."""
    sums: _ByStart = {key: defaultdict(int) for key in product(measures, APPS)}
    for each in kept:
        sums[each.measure, each.app][each.start] = int(each.total)
    return sums


def _kept(sums: _ByStart, first: Callable[[str, str], int]) -> list[KeptSum]:
    """The sums from a start on that measure and app give."""
    return [
        KeptSum(*key, start, str(total))
        for key, by_start in sorted(sums.items())
        for start, total in sorted(by_start.items())
        if start >= first(*key)
    ]
