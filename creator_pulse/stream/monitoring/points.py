"""Where a promtool test puts things, and how its input is written."""

from __future__ import annotations

from dataclasses import dataclass

# A day and an hour: longer than any alert's duration.
MINUTES = 1_500
LABELS = {
    "app": "tiktok",
    "region": "US",
    "surface": "feed",
    "topic": "gift",
    "field": "age_source",
    "tool": "gift",
    "reason": "unreadable",
    "rule": "FR1",
    "state": "submitted",
    "step": "paid",
    "job": "pulse",
    "instance": "worker-1:9464",
    "kind": "ids",
    "integration": "slack",
    "part": "prometheus",
}
"""The label values of each test."""
HOUR = 61
"""Minutes until an hour's increase is exact."""
WARM = 6
"""Minutes until a five-minute rate is exact."""
QUIET = 60
"""Minute in which a busy series falls silent."""
GONE = 8
"""Minutes after which a series that ended in the third one is in no look back of five minutes any more."""
DECOY = 7
"""Factor of the series that must not count: final windows, other windows."""

Series = dict[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """Where a test puts things.

    For example ``Point(0.65, base=1.0)``: just beyond a bound of 70 % of the usual.

    Attributes:
        value: of the guardrail's series.
        base: its baseline; None: no history.
        sample: count for the sample guard.
        age: seconds since the window ended.
        missing: minute from which a region is no longer exposed.
        calm: the value until that region is no longer looked back on; None: ``value`` from the start.
        override: the bound that somebody set; None: nobody did.
    """

    value: float
    base: float | None = None
    sample: float = 0
    age: int = 0
    missing: int = MINUTES
    calm: float | None = None
    override: float | None = None


def line(selector: str, values: str) -> Series:
    """One input series."""
    return {"series": selector, "values": values}


def steady(value: float, wait: int = 0) -> str:
    """The same number each minute, after ``wait`` minutes without one."""
    return f"{f'_x{wait} ' if wait else ''}{value!r}+0x{MINUTES}"
