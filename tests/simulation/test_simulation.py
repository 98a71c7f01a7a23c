"""Random schedules of traffic and failures: in the end every figure is the ledger's."""

from __future__ import annotations

import pytest

from tests.simulation.driver import Simulation

STEPS = 120


@pytest.mark.parametrize("seed", range(30))
async def test_any_schedule_ends_with_the_ledgers_figures(seed: int) -> None:
    """Kills, zombies, torn replies, compaction and idle partitions, in an order that the seed chooses."""
    simulation = Simulation(seed)
    differences = await simulation.run(STEPS)
    assert differences == [], "\n".join((f"seed {seed}:", *simulation.story))


async def test_a_seed_tells_one_story() -> None:
    """The same seed gives the same steps, so that a failing one can be looked at again."""
    first, second = Simulation(3), Simulation(3)
    await first.run(80)
    await second.run(80)
    assert first.story == second.story
    assert len(first.story) > 40
