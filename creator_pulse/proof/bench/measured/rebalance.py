"""``rebalance``: a third worker joins two; seconds without progress of moved and unmoved partitions."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError

from creator_pulse.proof.bench.figures import spread
from creator_pulse.proof.bench.live_gifts import LiveGifts, Tick
from creator_pulse.proof.bench.ours import fresh
from creator_pulse.proof.bench.worker_process import PRODUCT_WORKER, WorkerProcess, worker_process
from creator_pulse.stream.errors import StackError
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

Progress = tuple[float, dict[int, int]]
"""Monotonic seconds of a look, and the committed offset by partition."""
_LOOK_SECONDS = 0.1
_RATE = 5_000
_OWNED = "pulse_watermark_timestamp_seconds"


async def measure(bench: Bench) -> dict[str, object]:
    """Steady gifts; the third worker starts after a third of the time.

    Returns:
        ``moved_seconds``, ``unmoved_seconds``: longest time without a committed record of a
        partition, from the start of the third worker on; ``usual_seconds``: before it. None where no
        partition moved, or each did.
    """
    moved: list[float] = []
    unmoved: list[float] = []
    usual: list[float] = []
    right = True
    for number in range(1, bench.runs + 1):
        bench.say(f"round {number} of {bench.runs}")
        gaps, before, owners, whole = await _once(bench, bench.size(60, 24))
        usual += before.values()
        for partition, gap in gaps.items():
            (moved if owners[partition] else unmoved).append(gap)
        right &= whole
        bench.say(f"  {gaps}, moved: {sorted(one for one, went in owners.items() if went)}")
    return {
        "moved_seconds": spread(moved, 2) if moved else None,
        "unmoved_seconds": spread(unmoved, 2) if unmoved else None,
        "usual_seconds": spread(usual, 2),
        "right": right,
    }


async def _once(
    bench: Bench, seconds: int
) -> tuple[dict[int, float], dict[int, float], dict[int, bool], bool]:
    """Gaps by partition after and before the join, which ones moved, and whether all was counted."""
    now = bench.clock.now_ms()
    settings = bench.at(app_id=f"bench{now:x}", prefix=f"live{now:x}")
    async with AsyncExitStack() as parts:
        await parts.enter_async_context(fresh(bench, settings))
        topics = declared(settings)
        await ensure(settings, topics)
        workers = [await parts.enter_async_context(_worker(bench, settings, name)) for name in ("a", "b")]
        for worker in workers:
            await worker.until_owned()
        ticks: list[Tick] = []
        producing = asyncio.create_task(LiveGifts(bench, settings).run(_RATE, seconds, ticks))
        looks: list[Progress] = []
        looking = asyncio.create_task(_look(bench, settings, looks))
        try:
            await asyncio.sleep(seconds / 3)
            before, joined = await _owners(workers), bench.clock.monotonic()
            workers.append(await parts.enter_async_context(_worker(bench, settings, "c")))
            await producing
            done = bench.clock.monotonic()
            after = await _owners(workers)
            total = sum(tick.records for tick in ticks)
            whole = await _all_counted(bench, looks, total)
        finally:
            for task in (producing, looking):
                task.cancel()
            await asyncio.gather(producing, looking, return_exceptions=True)
        await bench.remove(one.name for one in topics if one.name.startswith(settings.prefix))
    partitions = range(settings.partitions)
    return (
        {one: gap(looks, one, joined, done) for one in partitions},
        {one: gap(looks, one, joined - seconds / 6, joined) for one in partitions},
        {one: before.get(one) != after.get(one) for one in partitions},
        whole,
    )


def _worker(bench: Bench, settings: Settings, name: str) -> AbstractAsyncContextManager[WorkerProcess]:
    return worker_process(settings, bench.folder / "logs", PRODUCT_WORKER, f"worker-{name}")


def gap(looks: Sequence[Progress], partition: int, start: float, end: float) -> float:
    """The longest time without progress of a partition, in seconds.

    Args:
        looks: in order.
        partition: its number.
        start: monotonic seconds; a gap that began before counts whole.
        end: likewise; one that began before counts up to the progress that ends it.
    """
    longest, moved, before = 0.0, None, -1
    for at, committed in looks:
        offset = committed.get(partition, before)
        if offset > before:
            if moved is not None and at >= start and moved <= end:
                longest = max(longest, at - moved)
            moved, before = at, offset
    return longest


async def _look(bench: Bench, settings: Settings, looks: list[Progress]) -> None:
    topic = settings.topic("gift")
    while True:
        try:
            group = await bench.admin.list_consumer_group_offsets(settings.app_id)
        except KafkaError as error:
            if not error.retriable:
                raise
        else:
            found = {place.partition: one.offset for place, one in group.items() if place.topic == topic}
            looks.append((bench.clock.monotonic(), found))
        await asyncio.sleep(_LOOK_SECONDS)


async def _owners(workers: Sequence[WorkerProcess]) -> dict[int, int]:
    """Partition of the gift topic -> process id of the worker that shows it."""
    return {
        int(one.labels["partition"]): worker.child.pid
        for worker in workers
        for one in await worker.samples()
        if one.name == _OWNED and one.labels.get("topic") == "gift"
    }


async def _all_counted(bench: Bench, looks: Sequence[Progress], total: int, seconds: float = 60.0) -> bool:
    """Wait until every record is committed."""
    deadline = bench.clock.monotonic() + seconds
    while sum(looks[-1][1].values()) < total:
        if bench.clock.monotonic() > deadline:
            raise StackError(
                f"{total - sum(looks[-1][1].values())} records were not counted in {seconds:.0f} s"
            )
        await asyncio.sleep(_LOOK_SECONDS)
    return sum(looks[-1][1].values()) == total
