"""Provisional results against the ledger: those of the windows that are the newest by now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.days import begin_of, day_of
from creator_pulse.proof.ledger.expected import FOREVER_MS
from creator_pulse.proof.ledger.verify_windows import LENGTHS_MS, expected_windows, lowest_watermark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from creator_pulse.proof.ledger.expected import WindowPlace
    from tests.support.lane_harness import Harness

_HOUR_MS, _MINUTE_MS = 3_600_000, 60_000


def newest_start(window: str, mark: int, hours: int) -> int:
    """Where the newest window begins: the last that is over, of business days the one that runs.

    Args:
        window: label.
        mark: lowest watermark of what the value is made of, epoch ms.
        hours: how many hours the app's day begins before that of UTC.

    Example:
        >>> newest_start("5m", 660_001, 0), newest_start("24h", 90_000_000, 0)
        (360000, 3600000)
        >>> newest_start("day", 86_400_000 + 1, 8), newest_start("mtd", 86_400_000, 0)
        (57600000, 0)
    """
    today = day_of(mark, hours)
    if window == "mtd":
        return begin_of(today.replace(day=1), hours)
    if window in {"day", "7d", "14d", "28d"}:
        return begin_of(today + timedelta(days=1), hours) - LENGTHS_MS[window]
    if window == "yesterday":
        return begin_of(today - timedelta(days=1), hours)
    step = _HOUR_MS if window == "24h" else _MINUTE_MS
    return mark // step * step - LENGTHS_MS[window]


def differing_provisionals(harness: Harness) -> tuple[list[str], int]:
    """What the newest windows show otherwise than the ledger, once everything is read.

    Returns:
        texts, and how many results were compared.
    """
    shown: dict[WindowPlace, Mapping[str, Any]] = {}
    for _, record in harness.windows():
        if record["state"] == "provisional":
            place = record["name"], record["window"], record["start"], frozenset(record["labels"].items())
            shown[place] = record
    truth, offsets = harness.ledger.truth, harness.settings.day_offset_hours
    differing, compared = [], 0
    for place, wanted in expected_windows(truth, harness.settings, until=FOREVER_MS).items():
        name, window, start, labels = place
        mark = lowest_watermark(truth, wanted.measures)
        hours = offsets.get(dict(labels).get("app", ""), 0)
        if start != newest_start(window, mark, hours) or not (wanted.in_time or wanted.restates):
            continue
        compared += 1
        newest = shown.get(place)
        if newest is None or not wanted.shows(newest, late=True):
            said = None if newest is None else (newest["value"], newest["scale"], newest["parts"])
            differing.append(
                f"{name} {window} from {start} {dict(labels)}: {wanted.stated(late=True)}, shown {said}"
            )
    return differing, compared
