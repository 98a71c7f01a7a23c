"""When people watch: the hour of the day where they live, the day of the week, and growth."""

from __future__ import annotations

import math

_HOUR_MS = 3_600_000
_DAY_HOURS = 24
_WEEK_HOURS = 7 * _DAY_HOURS
# Traffic of a Saturday or Sunday relative to another day.
_WEEKEND = 1.1
# Traffic of another day relative to the mean of a week.
_WORKDAY = 7 / (5 + 2 * _WEEKEND)
# From the epoch, a Thursday, to the first Monday.
_MONDAY_HOURS = 4 * _DAY_HOURS


def day_factor(hour: float) -> float:
    """Traffic at an hour of the day relative to its mean: peak at 22, trough at 8, ratio 4.4.

    Args:
        hour: from 0 to 24.
    """
    return (
        1
        # The peak of the day, at 21 h.
        + 0.55 * math.cos(2 * math.pi * (hour - 21) / 24)
        # Twice a day: a bump at noon, and another one close to the evening's peak.
        + 0.15 * math.cos(2 * math.pi * (hour - 12.5) / 12)
    )


def week_factor(hour: float) -> float:
    """Traffic of a day relative to the week's mean: a weekend day has a tenth more than another.

    Args:
        hour: hours since the start of Monday, 0 to below 168.
    """
    return _WORKDAY * (_WEEKEND if hour >= 5 * _DAY_HOURS else 1.0)


def rhythm_factor(now_ms: float, utc_offset: float) -> float:
    """Traffic of a place at a time, relative to its mean over a week.

    Args:
        now_ms: the time, epoch ms.
        utc_offset: hours by which its clocks are ahead of UTC.
    """
    local = now_ms / _HOUR_MS + utc_offset
    return day_factor(local % _DAY_HOURS) * week_factor((local - _MONDAY_HOURS) % _WEEK_HOURS)


def growth_factor(now_ms: float, start_ms: float, growth: float) -> float:
    """The audience relative to that at the start of a run.

    Args:
        now_ms: the time, epoch ms.
        start_ms: start of the run, epoch ms.
        growth: per week, compound.
    """
    return float((1 + growth) ** ((now_ms - start_ms) / (_WEEK_HOURS * _HOUR_MS)))
