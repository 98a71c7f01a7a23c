"""When people watch: the day, the week, and growth, by themselves and in what the generator makes."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.rhythm import day_factor, growth_factor, rhythm_factor, week_factor
from creator_pulse.stream.generator.world import PLATFORM

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONDAY = 20_367 * DAY_MS
"""6 October 2025, midnight UTC."""


def test_the_day_has_its_peak_and_trough() -> None:
    """The mean over a day is 1; the peak at 22 h is 4.4 times the trough at 8 h, within 10 %."""
    hours = [day_factor(hour / 10) for hour in range(240)]
    assert sum(hours) / len(hours) == pytest.approx(1.0)
    assert max(hours) / min(hours) == pytest.approx(4.4, rel=0.1)


def test_a_weekend_day_has_a_tenth_more() -> None:
    """Saturday begins after 120 hours; the mean of the seven days is 1."""
    days = [week_factor(24 * day) for day in range(7)]
    assert days[5] / days[4] == pytest.approx(1.1)
    assert week_factor(119.9) == days[4]
    assert sum(days) / 7 == pytest.approx(1.0)


def test_each_place_has_its_own_evening() -> None:
    """At 13:00 UTC it is 22:00 in Tokyo, the busiest hour, and 07:00 six hours west of Greenwich."""
    time = MONDAY + 13 * HOUR_MS
    workday = 7 / 7.2
    assert rhythm_factor(time, 9) == pytest.approx(day_factor(22) * workday)
    assert rhythm_factor(time, -6) == pytest.approx(day_factor(7) * workday)


def test_the_week_turns_at_local_midnight() -> None:
    """On Friday at 16:00 UTC Saturday begins eight hours east, and Friday goes on at Greenwich."""
    time = MONDAY + 4 * DAY_MS + 16 * HOUR_MS
    ratio = rhythm_factor(time, 8) / rhythm_factor(time - 1, 8)
    assert ratio == pytest.approx(1.1, rel=1e-4)
    assert rhythm_factor(time, 0) / rhythm_factor(time - 1, 0) == pytest.approx(1.0, rel=1e-4)


def test_growth_is_compound() -> None:
    """Ten per cent a week are 21 % in two, and 4.88 % in half a week."""
    assert growth_factor(MONDAY + 14 * DAY_MS, MONDAY, 0.1) == pytest.approx(1.21)
    assert growth_factor(MONDAY + 3.5 * DAY_MS, MONDAY, 0.1) == pytest.approx(1.0488, rel=1e-4)


def seconds(hour: int, *, rhythm: bool) -> float:
    """How long 10,000 records take from an hour of that Monday on, at a mean of 1,000 a second."""
    start = MONDAY + hour * HOUR_MS
    records = islice(events(7, 1_000, start, world=replace(PLATFORM, rhythm=rhythm)), 10_000)
    return (list(records)[-1].timestamp_ms - start) / 1_000


@pytest.mark.slow
def test_the_rhythm_moves_the_rate() -> None:
    """Of the markets by weight, at 11:00 UTC America sleeps: 0.846 of the mean; at 04:00 it is 1.074."""
    assert seconds(11, rhythm=True) / seconds(4, rhythm=True) == pytest.approx(1.074 / 0.846, rel=0.05)
    assert seconds(11, rhythm=False) / seconds(4, rhythm=False) == pytest.approx(1.0, rel=0.05)
