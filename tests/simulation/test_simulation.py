"""Random schedules of traffic and failures: every law holds while they run, and at their end."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner

from creator_pulse.proof.simulation.command import play, prepare, simulate
from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.proof.simulation.simulation import STEPS as ALL_STEPS
from creator_pulse.proof.simulation.simulation import Outcome, Simulation
from creator_pulse.stream.tables.runner import LaneRunner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from creator_pulse.proof.simulation.command import SeedOutcome
    from creator_pulse.stream.transport.batch import Batch

CHUNK, ALL = 10, 40
"""Twice the seeds within which each planted bug is seen (``test_mutants.py``)."""
STEPS = 30
TELL = """from creator_pulse.proof.simulation.simulation import Simulation
print(*Simulation(3).run(30).story, sep=chr(10))"""


@pytest.mark.slow
def test_every_law_holds_on_a_schedule() -> None:
    """Kills, zombies, moves, torn replies, compaction, retention, and servers that are away."""
    outcome = Simulation(0).run()
    assert not outcome.violations, outcome.text()


@pytest.fixture(scope="module")
def told() -> Iterator[list[Future[SeedOutcome]]]:
    """What each further seed says, played by all processors side by side."""
    with ProcessPoolExecutor(None, get_context("spawn"), prepare) as pool:
        yield [pool.submit(play, seed, ALL_STEPS) for seed in range(1, ALL)]
        pool.shutdown(cancel_futures=True)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, ALL, CHUNK))
def test_every_law_holds_on_any_schedule(first: int, told: list[Future[SeedOutcome]]) -> None:
    """The same with each of the next seeds."""
    outcomes = [future.result() for future in told[max(first - 1, 0) : first + CHUNK - 1]]
    assert [seed for seed, _, _ in outcomes] == list(range(max(first, 1), first + CHUNK))
    assert [text for _, _, text in outcomes if text is not None] == []


@cache
def some() -> tuple[Outcome, ...]:
    """A few runs."""
    return tuple(Simulation(seed).run(STEPS) for seed in (3, 4, 7, 8))


@pytest.mark.slow
def test_a_seed_tells_one_story() -> None:
    """The same seed gives the same steps, so that a failing one can be looked at again."""
    again = Simulation(3).run(STEPS)
    assert again == some()[0]
    assert len(again.story) > STEPS


@pytest.mark.slow
def test_seeds_tell_different_stories() -> None:
    """The seed is what chooses."""
    assert len({outcome.story for outcome in some()}) == len(some())


@pytest.mark.slow
def test_a_story_is_the_same_in_another_process() -> None:
    """Also where Python orders its sets in another way."""
    told = subprocess.run(
        [sys.executable, "-c", TELL],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert tuple(told.stdout.splitlines()) == some()[0].story


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kills", "pauses", "rebalances", "compactions", "commits", "scrapes"])
def test_things_happen(kind: str) -> None:
    """A simulation in which nothing goes wrong would show nothing."""
    assert sum(outcome.counts[kind] for outcome in some()) > 3


class ShowsTooMuch(LaneRunner):
    """Counts are shown before they are committed."""

    def apply(self, batch: Batch) -> bool:
        """Count, and show at once."""
        joined = super().apply(batch)
        assert self._lane is not None
        self.committed = self._lane.snapshot()
        return joined


def test_a_failing_seed_names_itself() -> None:
    """Its text has the seed, the story by number and time, what is wrong, and how to play it again."""
    outcome = Simulation(3, Parts(runner=ShowsTooMuch)).run(STEPS)
    lines = outcome.text().splitlines()
    assert lines[0] == "seed 3:"
    assert lines[1].split()[:2] == ["1", "0.000s"]
    assert any(line.startswith("Counter law: ") for line in lines)
    assert lines[-1] == f"again: pulse simulate --first 3 --seeds 1 --steps {STEPS}"


class Breaks(LaneRunner):
    """A defect that no worker survives."""

    def apply(self, batch: Batch) -> bool:
        """Never count."""
        raise RuntimeError(f"a defect at {batch!r:.20}")


def test_a_defect_is_told_with_its_story() -> None:
    """An error that is not the worker's own ends the run, and not the simulation."""
    outcome = Simulation(0, Parts(runner=Breaks)).run(STEPS)
    assert "RuntimeError: a defect" in outcome.violations[0]
    assert outcome.story


@pytest.mark.slow
def test_the_command_ends_with_one_object() -> None:
    """Counts of all seeds, none failed, and exit 0."""
    done = CliRunner().invoke(
        simulate, ["--seeds", "2", "--first", "3", "--steps", str(STEPS), "--jobs", "2"]
    )
    report = msgspec.json.decode(done.stdout.splitlines()[-1])
    figures = {name: report[name] for name in ("seeds", "first", "steps", "failed")}
    assert (done.exit_code, figures) == (0, {"seeds": 2, "first": 3, "steps": STEPS, "failed": []})
    assert report["records"] == sum(outcome.counts["records"] for outcome in some()[:2])
