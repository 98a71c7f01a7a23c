"""Moments in UTC, as commands show them."""

from __future__ import annotations

from datetime import UTC, datetime


def to_second(time_ms: float) -> str:
    """A moment with its seconds and zone; its number if no calendar has it.

    Args:
        time_ms: epoch ms, not negative.

    Example:
        >>> to_second(1_760_000_000_000)
        '2025-10-09T08:53:20+00:00'
    """
    try:
        return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(time_ms)


def to_minute(time_ms: float) -> str:
    """A moment without seconds; the text around it says that it is UTC.

    Args:
        time_ms: epoch ms, not negative.

    Example:
        >>> to_minute(1_760_000_000_000)
        '2025-10-09 08:53'
    """
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
