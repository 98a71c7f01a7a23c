"""Where sums of the past stand: so that what windows hold at a look begins and ends where lots do."""

from __future__ import annotations

import numpy as np
import pytest

from creator_pulse.proof.past.history import moments
from creator_pulse.proof.past.lots import Lots, begins_of

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
    assert begins_of([SIX_HOURS], np.array([SIX_HOURS - 7 * MINUTE_MS])) == SIX_HOURS - 7 * MINUTE_MS


@pytest.mark.parametrize("minutes", [5, 10, 15, 30, 60])
@pytest.mark.parametrize("after", [5, 10, 55])
def test_a_window_looked_at_later_begins_with_a_lot_of_its_time(minutes: int, after: int) -> None:
    """An hour's window of 6:05 begins at 5:04: the span that ends at six o'clock is cut there."""
    later = SIX_HOURS + after * MINUTE_MS
    begin = later - MINUTE_MS - minutes * MINUTE_MS
    lots = Lots(5_000, NEVER_MS, [SIX_HOURS, later])
    starts = {*lots.starts(0, SIX_HOURS), *lots.starts(SIX_HOURS, later)}
    assert begin in starts


def test_five_weeks_are_looked_at_the_more_often_the_later() -> None:
    """35 looks, one a day, and more of them the nearer to the end, or to its time a week ago.

    24 more each six hours in eight days. About the end's time in each of three weeks 13 hours, of which those
    a multiple of six hours from it are there, or two weeks ago and more, of a day. Of the four hours a week
    ago each five minutes, 49, five are whole hours. Of the last day's 50 half hours, the one before it with
    them, five are there.
    Each five minutes of six hours: 73, 13 of them half hours. Each minute of a quarter of one: 16, four
    of which are five minutes apart.
    """
    end = 35 * DAY_MS
    looks = moments(0, (0, end))
    weeks_ago = (13 - 3) + 2 * (13 - 1)
    assert len(looks) == 35 + 24 + weeks_ago + (49 - 5) + (50 - 5) + (73 - 13) + (16 - 4)
    assert looks[-1] == end
    assert looks[0] == DAY_MS


def test_lines_of_six_hours_have_no_gap() -> None:
    """Prometheus looks back less than five minutes where there is no sample: looks are so far apart."""
    end = 35 * DAY_MS
    looks = [look for look in moments(0, (0, end)) if look >= end - SIX_HOURS]
    assert looks[0] == end - SIX_HOURS
    assert max(np.diff(looks)) == 5 * MINUTE_MS


def test_a_day_before_the_end_something_stands() -> None:
    """What was a day ago is looked for in the two hours before: a look is there, half an hour old at most."""
    end = 35 * DAY_MS + 50_000
    assert any(end - DAY_MS - HOUR_MS // 2 <= look <= end - DAY_MS for look in moments(0, (0, end)))


def test_last_weeks_line_has_no_gap_beside_the_first_three_hours() -> None:
    """A board that opens on the last hour, and stays open for three, finds last week's beside it."""
    end = 35 * DAY_MS
    since, until = end - 7 * DAY_MS - HOUR_MS, end - 7 * DAY_MS + 3 * HOUR_MS
    looks = [look for look in moments(0, (0, end)) if since <= look <= until]
    assert (looks[0], looks[-1]) == (since, until)
    assert max(np.diff(looks)) == 5 * MINUTE_MS
