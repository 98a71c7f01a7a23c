"""Business days, worked out with dates rather than remainders: an app's day begins at a fixed hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta


def day_of(time_ms: int, hours: int) -> date:
    """The date of the business day that holds a time.

    Args:
        time_ms: epoch ms.
        hours: how many hours the app's day begins before that of UTC, as in the settings: 8 for China.
    """
    return (datetime.fromtimestamp(time_ms // 1000, UTC) + timedelta(hours=hours)).date()


def begin_of(day: date, hours: int) -> int:
    """When a business day begins, epoch ms; the arguments are those of ``day_of``."""
    midnight = datetime.combine(day, time(), UTC)
    return round((midnight - timedelta(hours=hours)).timestamp()) * 1000
