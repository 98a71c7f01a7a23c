"""Every value of the catalogue in each of its windows, against the ledger, over a day of odd events."""

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
from tests.support.asked_parameters import parameters_of
from tests.support.lane_harness import SMALL, Harness
from tests.support.odd_bursts import burst, last_word
from tests.support.stated_values import Stated

BURSTS = (0, 1, 24, 26)
"""Hours at which events of every type come, close together; the last two leave the first day behind."""
EACH = 16
"""Events of a type in a burst."""
END_HOUR = 29
pytestmark = pytest.mark.slow
SETTINGS = msgspec.structs.replace(SMALL, regions={"tiktok": ("US",), "douyin": ("CN",)})
SHORT = tuple(
    replace(value, windows=windows)
    for value in VALUES
    if (windows := tuple(window for window in value.windows if not WINDOWS[window].runs))
)
"""The values in these windows alone: those of business days are in test_catalogue_days.py."""
CASES = sorted({(value.name, window) for value in SHORT for window in value.windows})
SUMS = {value.name for value in SHORT if isinstance(value.formula, Sum | Ratio)}


@pytest.fixture(scope="module")
def stated(request: pytest.FixtureRequest) -> Stated:
    """What the lanes say of the day: of the values that this session asks for."""
    tests = ("test_a_value_is_the_ledgers", "test_a_sum_is_not_always_zero")
    asked = {name for test in tests for name in parameters_of(request, test, "name")}
    values = tuple(value for value in SHORT if value.name in asked)
    return Stated(asyncio.run(read(Parts(catalogue=Catalogue(MEASURES, values)))), values)


async def read(parts: Parts) -> Harness:
    """Write the day and read it."""
    rng = Random(7)
    records = [record for topic in TOPICS for hour in BURSTS for record in burst(topic, hour, EACH, rng)]
    ends = (record for topic in TOPICS for record in last_word(topic, END_HOUR, rng))
    harness = Harness([*records, *ends], SETTINGS, parts)
    await harness.open()
    await harness.run(40, tick=SETTINGS.restate_interval + 1)
    return harness


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_the_ledgers(name: str, window: str, stated: Stated) -> None:
    """Finals and restatements of a day with late records; there are some."""
    assert stated.differing[name, window] == []
    assert stated.results[name, window]


@pytest.mark.parametrize("name", sorted(SUMS))
def test_a_sum_is_not_always_zero(name: str, stated: Stated) -> None:
    """What is compared is not nothing."""
    shown = [
        record["value"] for (known, _), found in stated.results.items() if known == name for record in found
    ]
    assert any(value is not None and float(value) for value in shown)
