"""What lanes keep is what the ledger says that they should keep."""

from __future__ import annotations

import asyncio
import functools
from collections import Counter

import pytest

from creator_pulse.proof.soak.expected import expected_entries
from tests.support.lane_harness import SOURCES, Harness, traffic

pytestmark = pytest.mark.slow

BATCH = 200


@functools.cache
def entries() -> tuple[Counter[str], dict[str, int]]:
    """Both stages after minutes of traffic with late records: what is kept, and the expectation."""
    return asyncio.run(_entries())


async def _entries() -> tuple[Counter[str], dict[str, int]]:
    harness = Harness(traffic(11, 60, 24_000))
    await harness.open()
    await harness.run(BATCH)
    kept: Counter[str] = Counter()
    for runner in harness.runners.values():
        for sample in runner.samples():
            if sample.family == "pulse_table_entries":
                kept[dict(sample.labels)["kind"]] += round(sample.value)
    return kept, dict(expected_entries(harness.ledger, harness.settings))


def test_streaks_are_those_of_the_ledger_and_a_few_more() -> None:
    """None is missing; one that was closed out of order may linger a little."""
    kept, expected = entries()
    assert expected["streaks"] > 100
    assert expected["streaks"] <= kept["streaks"] <= expected["streaks"] * 1.05


@pytest.mark.parametrize("kind", ["minute_cells", "hour_cells", "day_cells"])
def test_cells_are_those_of_the_ledger_and_a_few_of_outcomes(kind: str) -> None:
    """None is missing, late records of hours ago included; not one in twelve is of an outcome not seen."""
    kept, expected = entries()
    assert expected[kind] > 100
    assert expected[kind] <= kept[kind] <= expected[kind] * 12 / 11


@pytest.mark.parametrize("kind", ["ids", "keys"])
def test_ids_are_those_of_the_ledger_and_at_most_a_pack_more(kind: str) -> None:
    """A pack leaves the horizon as a whole: one batch of each lane may linger."""
    kept, expected = entries()
    assert 0 < expected[kind] <= kept[kind] <= expected[kind] + len(SOURCES) * BATCH
