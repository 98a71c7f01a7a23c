"""The evidence of a world: the same class as in a worker, for each app and the pipeline in a process."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import TYPE_CHECKING

from creator_pulse.proof.backtest.gauges import GaugeSamples
from creator_pulse.proof.backtest.labelled_world import LabelledWorld
from creator_pulse.proof.backtest.scoring import ScoredPart, score
from creator_pulse.proof.backtest.sums import MINUTE_MS, MinuteSums
from creator_pulse.proof.simulation.command import prepare
from creator_pulse.stream.catalog.declaration.signals import TICKET_SCORE
from creator_pulse.stream.catalog.signals import PIPELINE_SIGNALS, SIGNALS
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.evidence.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.sharedctypes import Synchronized

LEAST = TICKET_SCORE / 2
"""Scores below half of the lowest bar make no alert, and are not written."""
_LOOK = 2.0
"""Seconds between two looks at how far the processes are."""


class StoppedError(PulseError):
    """Raised in a process whose parent wants it to stop."""


class _Shared:
    """The state that a process of the pool shares with its parent: set once when it starts."""

    went: Synchronized[int]
    stop: Synchronized[bool]


def evidence_of(
    world: LabelledWorld,
    show: Callable[[str], None],
    *,
    app: str | None = None,
    jobs: int | None = None,
    least: float = LEAST,
) -> GaugeSamples:
    """All gauges of a world, in steps of a minute.

    Args:
        world: sums, calendar and stalls.
        show: takes lines of progress.
        app: only of this app; None: of all apps and the pipeline.
        jobs: processes; None: one for each processor, at most one for each app and one for the pipeline.
        least: scores from here on are written.
    """
    parts = tuple(part for part in parts_of(world, least) if app in {None, part.app})
    total = len(parts) * world.sums.minutes
    context = get_context("spawn")
    went, stop = context.Value("q", 0), context.Value("b", False)
    workers = min(jobs or os.cpu_count() or 1, len(parts))
    gauges = GaugeSamples()
    with ProcessPoolExecutor(workers, context, _begin, (went, stop)) as pool:
        running = {pool.submit(_score, _of_app(world, part.app), part) for part in parts}
        futures = tuple(running)
        try:
            while running:
                done, running = wait(running, _LOOK, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                show(f"evidence: {went.value / total:.0%} of {world.sums.minutes // 1440} days")
        except BaseException:
            # Also Ctrl-C: the processes look at this flag every few minutes of their world.
            stop.value = True
            pool.shutdown(cancel_futures=True)
            raise
    for future in futures:
        gauges.merge(future.result())
    return gauges


def parts_of(world: LabelledWorld, least: float) -> tuple[ScoredPart, ...]:
    """The apps of a world and its pipeline, each with the topics that are closed, ``watch`` first."""
    business = dict.fromkeys(("watch", *(signal.topic for signal in SIGNALS)))
    pipeline = tuple(dict.fromkeys(key.region for key in world.sums if not key.app))
    apps = tuple(ScoredPart(app, tuple(business), least) for app in world.sums.apps())
    return (*apps, ScoredPart("", pipeline, least)) if pipeline else apps


def evidence(app: str) -> Evidence:
    """The evidence of an app, or of the pipeline, in slots of a minute."""
    return Evidence(SIGNALS if app else PIPELINE_SIGNALS, app, step_ms=MINUTE_MS)


def _of_app(world: LabelledWorld, app: str) -> LabelledWorld:
    """The world with the sums of one app only, and without labels, which no process needs."""
    sums = MinuteSums(world.sums.minutes)
    for key in world.sums:
        if key.app == app:
            sums[key] = world.sums[key]
    return LabelledWorld(
        start=world.start,
        judged=world.judged,
        sums=sums,
        incidents=(),
        calendar=world.calendar,
        stalls=world.stalls,
    )


def _begin(went: Synchronized[int], stop: Synchronized[bool]) -> None:
    prepare()
    _Shared.went, _Shared.stop = went, stop


def _score(world: LabelledWorld, part: ScoredPart) -> GaugeSamples:
    return score(world, evidence(part.app), part, _went)


def _went(minutes: int) -> None:
    with _Shared.went.get_lock():
        _Shared.went.value += minutes
    if _Shared.stop.value:
        raise StoppedError("stopped")
