"""Where business days, and windows of them, begin and end."""

from __future__ import annotations

import pytest

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.panes.business_days import BusinessDays, Zone
from tests.support.instants import ms, said_at


@pytest.mark.parametrize(
    ("label", "end", "start"),
    [
        ("day", "10-10 00:00", "10-09 00:00"),
        ("7d", "10-10 16:00", "10-03 16:00"),
        ("28d", "10-29 00:00", "10-01 00:00"),
        ("mtd", "11-01 00:00", "10-01 00:00"),
        ("mtd", "10-31 16:00", "09-30 16:00"),
        ("mtd", "03-01 07:00", "02-01 07:00"),
    ],
)
def test_a_window_of_days_begins_where_its_days_do(label: str, end: str, start: str) -> None:
    """By hand; at 16:00 UTC it is midnight eight hours ahead, at 7:00 it is seven hours behind."""
    assert said_at(WINDOWS[label].start(ms(end))) == start


@pytest.mark.parametrize(
    ("hours", "month"),
    [(0, "10-01 00:00"), (8, "09-30 16:00"), (12, "09-30 12:00"), (-11, "10-01 11:00"), (-7, "10-01 07:00")],
)
def test_a_month_begins_with_its_first_business_day(hours: int, month: str) -> None:
    """For offsets from one end of the range to the other: midnight of October 1 there."""
    (zone,) = BusinessDays({"tiktok": hours}).zones
    window = WINDOWS["mtd"]
    (end,) = window.ends(window.last_end(ms("10-15 12:00"), zone.phase))
    assert (said_at(window.start(end)), end - window.start(end)) == (month, 31 * DAY_MS)


def test_apps_whose_days_begin_together_share_a_zone() -> None:
    """And others do not."""
    assert BusinessDays({"tiktok": 0, "douyin": 0}).zones == (Zone(0, frozenset({"tiktok", "douyin"})),)
    assert [zone.phase for zone in BusinessDays({"tiktok": 0, "douyin": 8}).zones] == [0, 16 * HOUR_MS]
