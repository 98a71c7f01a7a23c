"""Our own run of the gift job: a worker reads a prepared topic to its end, and its windows are checked."""

from __future__ import annotations

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
    from collections.abc import AsyncIterator

    from creator_pulse.proof.bench.figures import Run
    from creator_pulse.proof.bench.gift_plan import GiftPlan, Sums
    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

LIMIT_SECONDS = 1_800.0
_WRITTEN = (PANE_TOPIC, WINDOW_TOPIC, LATE_TOPIC, DEAD_TOPIC, CASE_TOPIC)


def gift_settings(bench: Bench, plan: GiftPlan) -> Settings:
    """The settings of a worker that reads a plan's topic in a group of its own."""
    return bench.at(
        app_id=f"bench{bench.clock.now_ms():x}",
        prefix=plan.name,
        partitions=plan.partitions,
        stall_after=LIMIT_SECONDS / 2,
    )


@asynccontextmanager
async def fresh(bench: Bench, settings: Settings) -> AsyncIterator[Settings]:
    """Nothing is left of an earlier run when the block begins, nor of this one when it ends."""

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


async def run_ours(bench: Bench, plan: GiftPlan, *, minutes: int = 1, workers: int = 1) -> Run:
    """Read the topic once, and check every final window.

    Args:
        bench: the broker.
        plan: of the topic, which is prepared.
        minutes: size of the window.
        workers: how many share the partitions.

    Raises:
        StackError: a worker died, or did not come to the end.
    """
    # Before the worker starts: nobody would look at it meanwhile.
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
        check = partial(checked, settings, expected)
        wrong = await watch.until_read(plan.ends(), check, LIMIT_SECONDS)
        return watch.run(plan.records, wrong)


async def checked(settings: Settings, expected: Sums) -> str:
    """What differs between the final windows and the recomputation."""
    found, twice = await final_sums(settings)
    return difference(expected, found) or (f"{twice} windows are final twice" if twice else "")


async def final_sums(settings: Settings) -> tuple[Sums, int]:
    """The last stated sum of each window in ``pulse.window``, and how many are final more than once."""
    log, found, finals = KafkaLog(settings), {}, set[tuple[str, int]]()
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
                found[key] = int(record["value"])
    return found, twice
