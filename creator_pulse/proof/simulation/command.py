"""The command ``pulse simulate``."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

import click

from creator_pulse.agents.garbage import settle
from creator_pulse.agents.options import JSON_TOO
from creator_pulse.agents.report import give_last, progress_line, say
from creator_pulse.proof.simulation.simulation import STEPS, Simulation
from creator_pulse.stream.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SeedOutcome = tuple[int, Counter[str], str | None]
"""Seed, counts by kind, and the story if a law was broken."""
_REPORTED = ("records", "commits", "kills", "zombies", "rebalances", "torn")


@click.command()
@click.option("--seeds", default=100, show_default=True, type=click.IntRange(1), help="How many runs.")
@click.option("--first", default=0, show_default=True, type=click.IntRange(0), help="The first seed.")
@click.option(
    "--steps", default=STEPS, show_default=True, type=click.IntRange(1), help="Things that happen in each."
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; default: one for each processor.")
@JSON_TOO
def simulate(seeds: int, first: int, steps: int, jobs: int | None, target: Path | None) -> None:
    """Run the workers in virtual time through kills, pauses, moves and torn replies, seed by seed.

    Each run is held to the ledger while it goes on and at its end. A seed that breaks a law is told
    with its story, and plays the same again. The last line of standard output is one JSON object;
    exits 1 when any seed fails.
    """
    clock, show = SystemClock(), progress_line()
    began, counts, failed = clock.monotonic(), Counter[str](), list[int]()
    for done, (seed, run_counts, text) in enumerate(_outcomes(range(first, first + seeds), steps, jobs), 1):
        counts += run_counts
        if text is not None:
            failed.append(seed)
            say(f"\n{text}")
        show(f"{done:,} of {seeds:,} seeds  {counts['records']:,} records  {len(failed)} failed")
    say("")
    report = {"seeds": seeds, "first": first, "steps": steps, **{name: counts[name] for name in _REPORTED}}
    seconds = round(clock.monotonic() - began, 1)
    give_last({**report, "failed": sorted(failed), "seconds": seconds}, target)
    if failed:
        sys.exit(1)


def _outcomes(seeds: range, steps: int, jobs: int | None) -> Iterator[SeedOutcome]:
    workers = min(jobs or os.cpu_count() or 1, len(seeds))
    with ProcessPoolExecutor(workers, get_context("spawn"), prepare) as pool:
        waiting = [pool.submit(play, seed, steps) for seed in seeds]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BaseException:
            # Also Ctrl-C: the runs under way take a second, the others are not begun.
            pool.shutdown(cancel_futures=True)
            raise


def prepare() -> None:
    """Leave Ctrl-C to the parent process, and silence the workers' logs because the story replaces them."""
    settle()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """Exit if the parent is gone, even if it was killed: otherwise this process would wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def play(seed: int, steps: int) -> SeedOutcome:
    """Run one seed.

    Args:
        seed: chooses the traffic and all faults.
        steps: number of random steps before the run is brought to rest.

    Returns:
        the seed, its counts, and its story if it broke a law.
    """
    outcome = Simulation(seed).run(steps)
    result = outcome.counts, outcome.text() if outcome.violations else None
    # Coroutines and lanes of a run refer to each other: 30 MB that the collector, which `settle` has made
    # rare, would leave until a thousand runs had filled the memory.
    del outcome
    gc.collect()
    return seed, *result
