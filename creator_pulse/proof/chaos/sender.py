"""A producer process: ``python -m creator_pulse.proof.chaos.sender JOB``, until SIGTERM or the job's end.

It keeps no ledger, because the log is read back: every record in it must be counted.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.proof.chaos.burst import copying
from creator_pulse.proof.chaos.hostile_load import Forger
from creator_pulse.proof.chaos.hostile_records import hostile
from creator_pulse.proof.chaos.poison import poisoning
from creator_pulse.proof.chaos.producer_job import Done, ProducerJob
from creator_pulse.proof.chaos.replaced import Replaced
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.generator.producer import Plan, ProducerProgress, RecordSource, drive
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.generator.writer import Writer
from creator_pulse.stream.local.folders import write_atomically
from creator_pulse.stream.settings import Settings, load

if TYPE_CHECKING:
    from creator_pulse.stream.clock import Clock

COPIES = 10
# Records generated per record wanted, because some are sent late, after the end of the run.
_HELD_BACK = 1.05


def source_of(job: ProducerJob, settings: Settings, start_ms: int) -> RecordSource:
    """The record source of a job."""
    if job.kind == "burst":
        plan = Plan(job.seed, job.rate * _HELD_BACK / COPIES, seconds=job.seconds, world=DENSE)
        return Replaced(plan, settings, start_ms, copying(COPIES))
    plan = Plan(job.seed, job.rate * _HELD_BACK, seconds=job.seconds, world=DENSE)
    if job.kind == "hostile":
        return Replaced(plan, settings, start_ms, partial(hostile, rng=Random(job.seed)))
    if job.kind == "poison":
        return Replaced(plan, settings, start_ms, poisoning(Random(job.seed)))
    return RecordSource(plan, settings, start_ms)


async def send(settings: Settings, job: ProducerJob) -> Done:
    """Produce until the job ends or a signal comes.

    Records that fell due before the signal are still sent; if Kafka was away, the rate is made up for.

    Raises:
        UnreachableError: Kafka refused records, or stayed away for longer than the producer's patience.
    """
    stop, clock = stop_on_signals(), SystemClock()
    began = ended = clock.monotonic()

    def tick(_: ProducerProgress) -> None:
        nonlocal ended
        ended = clock.monotonic()

    forged = refused = 0
    async with Writer(settings) as writer, AsyncExitStack() as beside:
        forger = (
            await beside.enter_async_context(Forger(settings, job, clock)) if job.kind == "hostile" else None
        )
        source = source_of(job, settings, clock.now_ms())
        began = clock.monotonic()
        ending = asyncio.create_task(_end_on(stop, source, clock))
        if forger is not None:
            over = asyncio.Event()
            forging = asyncio.create_task(forger.run(over))
        progress = await drive(source, writer, None, clock, on_progress=tick)
        ending.cancel()
        if forger is not None:
            over.set()
            await forging
            forged, refused = forger.records, forger.refused
    return Done(records=progress.records + forged, seconds=max(ended - began, 0.0), refused=refused)


async def _end_on(stop: asyncio.Event, source: RecordSource, clock: Clock) -> None:
    await stop.wait()
    source.end(clock.now_ms())


def main(text: str) -> None:
    """Run a job, given as JSON, and write its report."""
    job = msgspec.json.decode(text, type=ProducerJob)
    done = asyncio.run(send(load(), job))
    write_atomically(Path(job.report), msgspec.json.encode(done), "the report of a producer")


if __name__ == "__main__":
    main(sys.argv[1])
