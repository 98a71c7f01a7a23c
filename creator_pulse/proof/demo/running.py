"""A run under load on a local stack: its options, how its parts start, and when it ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.agents.local_stack import pointed_at
from creator_pulse.stream.monitoring.prometheus import JOB
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine
    from contextlib import AsyncExitStack

    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.local.stack import Stack
    from creator_pulse.stream.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options that every run under load has.

    Attributes:
        rate: records a second; 0: no producer, because events come from elsewhere.
        workers: number of worker processes, 1 or more.
        seed: chooses the events, and the faults if there are any.
        seconds: how long the run goes on; None: until Ctrl-C.
    """

    rate: float
    workers: int
    seed: int = 1
    seconds: float | None = None


async def start_stack(parts: AsyncExitStack, stack: Stack, settings: Settings) -> Settings:
    """Start the servers with all topics; they are stopped with ``parts``.

    Args:
        parts: stops the servers when it is closed.
        stack: the servers to start.
        settings: settings of the run, whose addresses are replaced.

    Returns:
        the settings with the addresses of the running servers.
    """
    await parts.enter_async_context(stack)
    return await with_topics(stack, settings)


async def with_topics(stack: Stack, settings: Settings) -> Settings:
    """Make the topics that are missing; Kafka is ready.

    Returns:
        the settings with the addresses of the servers.
    """
    running = pointed_at(settings, stack.addresses)
    await ensure(running, declared(running))
    return running


async def start_workers(parts: AsyncExitStack, stack: Stack, workers: Workers) -> None:
    """Start the workers, then let Prometheus scrape them; they are stopped with ``parts``."""
    await parts.enter_async_context(workers)
    stack.prometheus.set_targets(JOB, workers.targets)


async def produce_until_over(
    stop: asyncio.Event,
    seconds: float | None,
    producing: Awaitable[object],
    *watches: Coroutine[object, object, object],
) -> bool:
    """Produce until the time is up, ``stop`` is set or a watch fails; then let the producer finish.

    Args:
        stop: ends the run early; it is set when the run is over, so that the producer ends too.
        seconds: how long the run goes on; None: until ``stop`` is set.
        producing: the producer, which ends soon after ``stop`` is set.
        watches: run beside it until cancelled; the first that fails ends the run with its error.

    Returns:
        whether the run was stopped before its time.
    """
    producer = asyncio.ensure_future(producing)
    deadline = asyncio.create_task(_stopped_within(stop, seconds))
    tasks = [*map(asyncio.create_task, watches), deadline]
    try:
        done, _ = await asyncio.wait({*tasks, producer}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await producer
    return deadline in done and deadline.result()


async def _stopped_within(stop: asyncio.Event, seconds: float | None) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
