"""First enrolments and first earnings, found again in the ledger's sums of every hour.

A creator's first hour is the smallest one with a sum above 0. Seen from a window that late records may
enter up to some age, the records up to that age count; a window's on-time part sees those in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declare import Measure

Labels = tuple[str, ...]
Sums = dict[tuple[str, Labels, int], list[int | None]]
"""Measure id, label values, pane start in ms -> sums of the parts; None in a part without a record."""
HOUR_MS = 3_600_000


def firsts_of(windows: Mapping[tuple[str, Labels, int], list[int | None]]) -> Sums:
    """The sums of all measures that are 1 in an identity's first hour.

    Args:
        windows: the ledger's sums.
    """
    found: Sums = {}
    for measure in MEASURES.values():
        if measure.first is not None:
            _add(found, measure, windows)
    return found


def _add(found: Sums, measure: Measure, windows: Mapping[tuple[str, Labels, int], list[int | None]]) -> None:
    first = measure.first
    assert first is not None
    begun: dict[Labels, dict[int, int]] = {}
    known: dict[Labels, dict[int, int]] = {}
    size = 0
    for (name, labels, pane), parts in windows.items():
        if name in first.measures:
            size = len(parts)
            into = (begun if name in first.of else known).setdefault(labels, {})
            for part, total in enumerate(parts):
                if total:
                    into[part] = min(into.get(part, pane), pane)
    for labels, own in begun.items():
        before: int | None = None
        # What is beyond every horizon is in no window, so it is no first of anybody.
        for part in range(size - 1):
            hour = _hour(own, known.get(labels, {}), part)
            if hour != before:
                for at, sign in ((before, -1), (hour, 1)):
                    if at is not None:
                        sums = found.setdefault((measure.id, labels, at), [None] * size)
                        sums[part] = (sums[part] or 0) + sign
            before = hour


def _hour(own: Mapping[int, int], known: Mapping[int, int], part: int) -> int | None:
    """The first hour by the records of the parts up to one, or None."""
    hours = [pane // HOUR_MS * HOUR_MS for at, pane in own.items() if at <= part]
    forbidden = [pane // HOUR_MS * HOUR_MS for at, pane in known.items() if at <= part]
    if not hours or (forbidden and min(forbidden) <= min(hours)):
        return None
    return min(hours)
