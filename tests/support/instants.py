"""Instants as text: ``month-day hour:minute`` of 2025, UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def ms(text: str) -> int:
    """Epoch ms of ``month-day hour:minute`` of 2025, UTC."""
    return round(datetime.strptime(f"2025-{text} +0000", "%Y-%m-%d %H:%M %z").timestamp() * 1000)


def said_at(time: int) -> str:
    """The reverse."""
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%m-%d %H:%M")
