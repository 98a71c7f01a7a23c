"""Every value of the catalogue in its windows of business days, against the ledger, over forty days."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

import msgspec
import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Ratio, Sum
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.events.topics import TOPICS
from tests.support.lane_harness import SMALL, Harness
from tests.support.odd_bursts import burst, last_word
from tests.support.stated_values import Stated

pytestmark = pytest.mark.slow

DAYS = (0, 1, 2, 5, 9, 16, 21, 22, 23, 30, 40)
"""Days with events, the first one the 9th of October; the 22nd after it is the last of the month."""
HOURS = (7, 8, 15, 16)
"""Hours after 08:54 at which they come: just before and after 16:00 and 24:00 UTC, where days end."""
EACH = 3
"""Events of a type in an hour."""
END_HOUR = 24 * 84
"""When every window has closed, December's too: it begins where the last ones are."""
SETTINGS = msgspec.structs.replace(SMALL, regions={"tiktok": ("US",), "douyin": ("CN",)})
BUSINESS = frozenset(label for label, window in WINDOWS.items() if window.runs)
CATALOGUE = Catalogue(
    MEASURES,
    tuple(
        replace(value, windows=tuple(label for label in value.windows if label in BUSINESS))
        for value in VALUES
        if not BUSINESS.isdisjoint(value.windows)
    ),
)
"""The values that have such windows, in these alone: forty days of minutes take minutes."""
CASES = sorted({(value.name, window) for value in CATALOGUE.values for window in value.windows})
PARTS = Parts(catalogue=CATALOGUE)
SUMS = sorted(
    value.name
    for value in VALUES
    if BUSINESS.issuperset(value.windows) and isinstance(value.formula, Sum | Ratio)
)
"""Of those that have no other windows; the others are in test_catalogue_windows.py."""


@pytest.fixture(scope="module")
def stated() -> Stated:
    """What the lanes say of the days."""
    return Stated(asyncio.run(read()), CATALOGUE.values)


async def read() -> Harness:
    """Write the days and read them."""
    rng = Random(5)
    records = [
        record
        for topic in TOPICS
        for day in DAYS
        for hour in HOURS
        for record in burst(topic, 24 * day + hour, EACH, rng)
    ]
    ends = (record for topic in TOPICS for record in last_word(topic, END_HOUR, rng))
    harness = Harness([*records, *ends], SETTINGS, PARTS)
    await harness.open()
    await harness.run(100, tick=SETTINGS.restate_interval + 1)
    return harness


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_the_ledgers(name: str, window: str, stated: Stated) -> None:
    """Finals and restatements, of both apps, whose days end at other hours; there are some."""
    assert stated.differing[name, window] == []
    assert {result["labels"]["app"] for result in stated.results[name, window]} == {"tiktok", "douyin"}


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_is_not_always_zero(name: str, stated: Stated) -> None:
    """What is compared is not nothing."""
    values = [
        record["value"]
        for (stated_name, _), records in stated.results.items()
        if stated_name == name
        for record in records
    ]
    assert any(value is not None and float(value) for value in values)


def test_something_is_restated(stated: Stated) -> None:
    """Late records and what was taken back: each window of them has restatements."""
    restated = {
        window
        for (_, window), found in stated.results.items()
        for result in found
        if result["state"] == "restated"
    }
    assert restated == {window for _, window in CASES}
