"""Who gives or buys in live rooms watches live: they are a share of viewers, and nobody gives too fast."""

from __future__ import annotations

import functools
import json
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.verify_windows import ExpectedNumber, expected_windows
from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.catalog.registry import VALUES
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced

START = 488_889 * HOUR_MS
END = START + 75 * MINUTE_MS
RATE = 62
"""Some 416 viewers: with fewer there is one giver alone in a market, who then gives all its gifts."""
SHARES = ("gifter_conversion_ratio", "live_buyers_ratio")
TOO_FAST = ("gift_sends_velocity_viewers", "gift_coins_velocity_viewers")
NAMES = (*SHARES, *TOO_FAST)
pytestmark = pytest.mark.slow


@functools.cache
def records() -> tuple[Produced, ...]:
    """What is sent of gifts, orders and viewing within an hour and a quarter without offenders."""
    sent = takewhile(lambda one: one.timestamp_ms < END, events(7, RATE, START, world=DENSE))
    return tuple(record for record in sent if record.topic in {"gift", "purchase", "watch"})


@functools.cache
def expected() -> dict[str, list[float]]:
    """By value, what the ledger says in each window within that time."""
    ledger = Ledger(Settings())
    for record in records():
        ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
    amounts: dict[str, list[float]] = {name: [] for name in NAMES}
    for value in (value for value in VALUES if value.name in NAMES):
        (window,) = value.windows
        last = END - WINDOWS[window].size_ms
        for (_, _, start, _), number in expected_windows(
            ledger.truth, Settings(), {(value.name, window)}
        ).items():
            assert isinstance(number, ExpectedNumber)
            if START <= start <= last:
                amounts[value.name].append(float(number.stated(late=True)["value"] or 0))
    return amounts


@pytest.mark.parametrize("name", SHARES)
def test_no_more_give_or_buy_than_watch_live(name: str) -> None:
    """GI3 and EC4 of either app are above 0 and at most 1, in each of the 16 hours that begin at a minute."""
    ratios = expected()[name]
    assert len(ratios) == 2 * 16
    assert all(0 < ratio <= 1 for ratio in ratios)


@pytest.mark.parametrize("name", TOO_FAST)
def test_nobody_gives_too_fast(name: str) -> None:
    """FR1 flags no viewer in any window, though few give."""
    assert expected()[name]
    assert not any(expected()[name])


def viewers(topic: str, kind: bytes, live: bytes) -> set[str]:
    """Of the sound records of a type and with some text, who they are of."""
    viewers = set()
    for value in (record.value or b"" for record in records() if record.topic == topic):
        if kind in value and live in value and value.endswith(b"}"):
            viewers.add(json.loads(value).get("viewer_id"))
    return viewers


def test_who_buys_live_watches_live() -> None:
    """Of the buyers in live rooms at most 2 % have sent no sound heartbeat from one."""
    buyers = viewers("purchase", b'"order_completed"', b'"attribution":"live"')
    watchers = viewers("watch", b'"heartbeat"', b'"surface":"live"')
    assert len(buyers) > 100
    assert len(buyers - watchers) <= 0.02 * len(buyers)
