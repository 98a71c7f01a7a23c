"""Who gives watches live: what is held against live viewers is a share of them, and nobody gives too fast."""

from __future__ import annotations

import functools
from itertools import takewhile

import pytest

from stream.catalog.declare import HOUR_MS, MINUTE_MS, WINDOWS
from stream.catalog.registry import VALUES
from stream.settings import Settings
from stream.synthetic.generator import events
from stream.synthetic.ledger import Ledger
from stream.synthetic.verify_windows import ExpectedNumber, expected_windows

START = 488_889 * HOUR_MS
END = START + 75 * MINUTE_MS
RATE = 60
NAMES = ("gifter_conversion_ratio", "gift_sends_velocity_viewers", "gift_coins_velocity_viewers")
pytestmark = pytest.mark.slow


@functools.cache
def expected() -> dict[str, list[float]]:
    """By value, what the ledger says in each window within an hour and a quarter without offenders."""
    ledger = Ledger(Settings())
    for one in takewhile(lambda one: one.timestamp_ms < END, events(7, RATE, START)):
        if one.topic in {"gift", "watch"}:
            ledger.add(one.topic, one.partition, one.value, one.timestamp_ms)
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for value in (value for value in VALUES if value.name in NAMES):
        (window,) = value.windows
        last = END - WINDOWS[window].size_ms
        for (_, _, start, _), number in expected_windows(ledger.truth, Settings(), [value]).items():
            assert isinstance(number, ExpectedNumber)
            if START <= start <= last:
                found[value.name].append(float(number.stated.value or 0))
    return found


def test_in_every_hour_there_are_more_live_viewers_than_gifters() -> None:
    """GI3 of either app is above none and at most all, in each of the 16 hours that begin at a minute."""
    ratios = expected()["gifter_conversion_ratio"]
    assert len(ratios) == 2 * 16
    assert all(0 < ratio <= 1 for ratio in ratios)


@pytest.mark.parametrize("name", NAMES[1:])
def test_nobody_gives_too_fast(name: str) -> None:
    """FR1 flags no viewer in any window, though few give."""
    assert expected()[name]
    assert not any(expected()[name])
