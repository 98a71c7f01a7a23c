"""Where sums of the past stand: so that what windows hold at a look begins and ends where lots do."""

from __future__ import annotations

import pytest

from creator_pulse.proof.past.history import moments
from creator_pulse.proof.past.lots import Lots, lot_of

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SIX_HOURS = 6 * HOUR_MS
NEVER_MS = 2**60
# Watermarks five seconds behind: at six o'clock the newest minute that is over ends at 5:59.
NEWEST = SIX_HOURS - MINUTE_MS


@pytest.mark.parametrize("minutes", [1, 5, 10, 15, 30, 60])
def test_each_window_that_slides_begins_with_a_lot(minutes: int) -> None:
    """At a look each window of minutes begins where a lot does, and ends where one does."""
    starts = Lots(5_000, NEVER_MS).starts(0, SIX_HOURS)
    assert {NEWEST, NEWEST - minutes * MINUTE_MS} <= set(starts)


def test_each_hour_begins_with_a_lot() -> None:
    """Windows of 24 hours slide by the hour, so no lot reaches over one."""
    starts = Lots(5_000, NEVER_MS).starts(0, SIX_HOURS)
    assert set(range(0, SIX_HOURS, HOUR_MS)) <= set(starts)


def test_long_ago_few_lots_are_told_apart() -> None:
    """Six hours and six windows before their look: 6 + 7 lots, less the hour's window that begins 4:59."""
    assert len(Lots(5_000, NEVER_MS).starts(0, SIX_HOURS)) == 6 + 7


def test_at_the_end_each_minute_is_a_lot() -> None:
    """Windows of the live run hold a part of the last hours."""
    starts = Lots(5_000, HOUR_MS).starts(HOUR_MS, 2 * HOUR_MS)
    assert starts == list(range(HOUR_MS, 2 * HOUR_MS, MINUTE_MS))


def test_a_span_begins_with_a_lot_wherever_it_begins() -> None:
    """A history that ended at 0:00:50 goes on there."""
    assert Lots(5_000, NEVER_MS).starts(50_000, 10 * MINUTE_MS)[0] == 50_000


def test_nothing_is_older_than_the_span() -> None:
    """A window of an hour before a look ten minutes later begins in a span that was made already."""
    assert min(Lots(5_000, NEVER_MS).starts(SIX_HOURS, SIX_HOURS + 10 * MINUTE_MS)) == SIX_HOURS


def test_what_comes_late_from_before_the_span_keeps_its_minute() -> None:
    """Its lot was handed over already, so nothing is moved."""
    assert lot_of([SIX_HOURS], SIX_HOURS - 7 * MINUTE_MS) == SIX_HOURS - 7 * MINUTE_MS


def test_five_weeks_are_looked_at_the_more_often_the_later() -> None:
    """70 looks, 16 more in the last eight days, 20 in the last, ten about a week ago, three in the last hour.

    Every twelve hours, in eight days every six; the last day has 23 hours before its end, three of which are
    looked at anyhow; the twelve hours about the same time a week ago have thirteen, three of which are.
    """
    end = 35 * DAY_MS
    looks = moments(0, (0, end))
    assert len(looks) == 70 + 16 + 20 + 10 + 3
    assert looks[-1] == end
    assert looks[0] == 2 * SIX_HOURS
