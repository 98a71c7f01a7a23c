"""The windows that values are made in: how long they are, where they end, and how long late records count.

A business day begins at a fixed hour, so a time alone says where days begin; its date is that on which its
middle lies in UTC, which is right for all offsets from 11 hours behind UTC to 12 hours ahead.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Mapping

COHORT_MS = 14 * DAY_MS
"""How long after the original record its reversal still belongs to the day of the original."""


@dataclass(frozen=True, slots=True)
class Window:
    """A hopping window (tumbling where size equals step), aligned to the epoch.

    For example ``Window("5m", 5 * MINUTE_MS)`` ends each minute, and ``last_end(119_999)`` is 60,000.

    One with a step of a day is aligned to the business days of an app, and its current value is that of
    the window that is still running: so far, this day. If it is ``over``, its current value is that of the
    last day that has ended.

    Attributes:
        label: the value of the ``window`` label.
        size_ms: length; of a month that of the longest.
        step_ms: the base window (pane) it is merged from; also the distance between two window ends, but for
            months.
        restate_ms: how far behind the watermark a late record still restates it.
        monthly: from the first to the last business day of a calendar month.
        over: of business days, whether its current value is of a window that has ended.
    """

    label: str
    size_ms: int
    step_ms: int = MINUTE_MS
    restate_ms: int = 2 * HOUR_MS
    monthly: bool = False
    over: bool = False

    @property
    def runs(self) -> bool:
        """Whether it is of business days."""
        return self.step_ms == DAY_MS

    def start(self, end: int) -> int:
        """The start of the window that ends at a time, ms."""
        return _month(end - DAY_MS)[0] if self.monthly else end - self.size_ms

    def next_end(self, end: int) -> int:
        """The window end that follows another, ms."""
        return _month(end)[1] if self.monthly else end + self.step_ms

    def last_end(self, time: int, phase: int = 0) -> int:
        """The last window end that is not after a time, ms.

        Args:
            time: any time, epoch ms, also before 1970.
            phase: of the panes: each begins so many ms after a multiple of their length.
        """
        # Floor division rounds towards minus infinity, so times before 1970 are right too.
        pane = (time - phase) // self.step_ms * self.step_ms + phase
        return _month(pane)[0] if self.monthly else pane

    def ends(self, pane: int) -> range:
        """The ends of the windows that hold the pane that begins at a time, rising, ms."""
        first = _month(pane)[1] if self.monthly else pane + self.step_ms
        # A month's pane is in one window only; a hopping window of size/step panes holds it as often.
        return range(first, first + 1 if self.monthly else first + self.size_ms, self.step_ms)


def _month(day: int) -> tuple[int, int]:
    """Start and end of the month of the business day that begins at a time."""
    # The middle of the day in UTC: its begin may lie on the day before.
    date = datetime.fromtimestamp((day + DAY_MS // 2) / 1000, UTC)
    # Business days have 24 hours without exception, so days can be subtracted as ms.
    first = day - (date.day - 1) * DAY_MS
    return first, first + monthrange(date.year, date.month)[1] * DAY_MS


WINDOWS: Mapping[str, Window] = MappingProxyType(
    {
        window.label: window
        for window in (
            Window("1m", MINUTE_MS),
            Window("5m", 5 * MINUTE_MS),
            Window("10m", 10 * MINUTE_MS),
            Window("15m", 15 * MINUTE_MS),
            Window("30m", 30 * MINUTE_MS),
            Window("1h", HOUR_MS),
            Window("24h", DAY_MS, HOUR_MS, restate_ms=DAY_MS),
            Window("day", DAY_MS, DAY_MS, restate_ms=3 * DAY_MS),
            Window("yesterday", DAY_MS, DAY_MS, restate_ms=3 * DAY_MS, over=True),
            Window("7d", 7 * DAY_MS, DAY_MS, restate_ms=3 * DAY_MS),
            Window("14d", 14 * DAY_MS, DAY_MS, restate_ms=3 * DAY_MS),
            Window("28d", 28 * DAY_MS, DAY_MS, restate_ms=3 * DAY_MS),
            Window("mtd", 31 * DAY_MS, DAY_MS, restate_ms=3 * DAY_MS, monthly=True),
        )
    }
)
