"""Our own run of the gift job: workers read a prepared topic to its end, and every window is checked."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.proof.bench.gift_job import NAME, TOPIC
from creator_pulse.proof.bench.gift_plan import difference
from creator_pulse.proof.bench.watch import Watch
from creator_pulse.proof.bench.worker_process import gift_worker, worker_process
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import CASE_TOPIC, DEAD_TOPIC, LATE_TOPIC, PANE_TOPIC, WINDOW_TOPIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from creator_pulse.proof.bench.figures import Run
    from creator_pulse.proof.bench.gift_plan import GiftPlan, PlannedSums
    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

LIMIT_SECONDS = 1_800.0
_WRITTEN = (PANE_TOPIC, WINDOW_TOPIC, LATE_TOPIC, DEAD_TOPIC, CASE_TOPIC)


def gift_settings(bench: Bench, plan: GiftPlan) -> Settings:
    """The settings of a worker that reads the topic of a plan in a new group."""
    return bench.at(
        app_id=f"bench{bench.clock.now_ms():x}",
        prefix=plan.name,
        partitions=plan.partitions,
        stall_after=LIMIT_SECONDS / 2,
    )


@asynccontextmanager
async def fresh(bench: Bench, settings: Settings) -> AsyncIterator[Settings]:
    """Remove the topics that workers write, before and after the block."""

    async def sweep() -> None:
        written = {*_WRITTEN, settings.topic("reference")}
        await bench.remove(
            name for name in await bench.topics() if name in written or name.endswith("-changelog")
        )

    await sweep()
    try:
        yield settings
    finally:
        await sweep()


async def run_ours(
    bench: Bench,
    plan: GiftPlan,
    *,
    minutes: int = 1,
    workers: int = 1,
    beside: Callable[[Watch], Coroutine[object, object, None]] | None = None,
) -> Run:
    """Read the topic once, and check every final window.

    Args:
        bench: provides the running broker.
        plan: the topic, which must be prepared.
        minutes: size of the window.
        workers: number of workers that share the partitions.
        beside: observes the run from its start, and is cancelled at its end; None: nothing does.

    Raises:
        StackError: a worker died, or did not read the topic in time.
    """
    # Computed before the worker starts, because this blocks the loop that watches it.
    expected = plan.sums(minutes=minutes)
    async with AsyncExitStack() as parts:
        settings = await parts.enter_async_context(fresh(bench, gift_settings(bench, plan)))
        running = [
            await parts.enter_async_context(
                worker_process(settings, bench.folder / "logs", gift_worker(minutes), f"worker-{number}")
            )
            for number in range(workers)
        ]
        watch = Watch(bench, settings, running, settings.topic(TOPIC), (PANE_TOPIC, WINDOW_TOPIC))
        observing = [] if beside is None else [asyncio.create_task(beside(watch))]
        try:
            check = partial(checked, settings, expected)
            wrong = await watch.until_read(plan.ends(), check, LIMIT_SECONDS)
        finally:
            for task in observing:
                task.cancel()
            await asyncio.gather(*observing, return_exceptions=True)
        return watch.run(plan.records, wrong)


async def checked(settings: Settings, expected: PlannedSums) -> str:
    """The difference between the final windows and the recomputation, in words; empty if there is none."""
    sums, twice = await final_sums(settings)
    return difference(expected, sums) or (f"{twice} windows are final twice" if twice else "")


async def final_sums(settings: Settings) -> tuple[PlannedSums, int]:
    """The last result of each window in ``pulse.window``, and how many windows are final more than once."""
    log, sums, finals = KafkaLog(settings), {}, set[tuple[str, int]]()
    decoder, twice = msgspec.json.Decoder(dict[str, Any]), 0
    for number in range(settings.merge_partitions):
        first, end = await log.bounds(WINDOW_TOPIC, number)
        async for batch in log.read(WINDOW_TOPIC, number, first, end):
            for value in batch.values:
                record = decoder.decode(value or b"{}")
                if record.get("name") != NAME or record["state"] == "provisional":
                    continue
                key = (record["labels"]["creator_id"], record["start"])
                if record["state"] == "final":
                    twice += key in finals
                    finals.add(key)
                sums[key] = int(record["value"])
    return sums, twice
