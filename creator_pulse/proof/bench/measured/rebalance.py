"""``rebalance``: a third worker joins two; seconds without progress of moved and unmoved partitions."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError

from creator_pulse.proof.bench.figures import spread
from creator_pulse.proof.bench.live_gifts import LiveGifts, Tick
from creator_pulse.proof.bench.live_run import live_topics, product_worker
from creator_pulse.stream.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.bench.worker_process import WorkerProcess
    from creator_pulse.stream.settings import Settings

Offsets = tuple[float, dict[int, int]]
"""Monotonic seconds of a poll, and the committed offset by partition."""
_POLL_SECONDS = 0.1
_RATE = 5_000
_OWNED = "pulse_watermark_timestamp_seconds"
_COUNTED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Join:
    """One join of a third worker.

    Attributes:
        after: longest gap of each partition from the join on, seconds.
        before: longest gap of each partition in a sixth of the run before the join, seconds.
        moved: the partitions that changed their worker.
        whole: whether every record was counted once.
    """

    after: dict[int, float]
    before: dict[int, float]
    moved: frozenset[int]
    whole: bool


async def rebalance(bench: Bench) -> dict[str, object]:
    """Steady gifts; the third worker starts after a third of the time.

    Returns:
        ``moved_seconds``, ``unmoved_seconds``: longest time without a committed record of a
        partition, from the start of the third worker on; ``usual_seconds``: before it. None if no
        partition moved, or each did.
    """
    joins = []
    for seconds in bench.by_turns([bench.size(60, 24)], "{} s".format):
        joins.append(await _once(bench, seconds))
        bench.say(f"  {joins[-1].after}, moved: {sorted(joins[-1].moved)}")
    moved = [gap for join in joins for number, gap in join.after.items() if number in join.moved]
    unmoved = [gap for join in joins for number, gap in join.after.items() if number not in join.moved]
    return {
        "moved_seconds": spread(moved, 2) if moved else None,
        "unmoved_seconds": spread(unmoved, 2) if unmoved else None,
        "usual_seconds": spread((gap for join in joins for gap in join.before.values()), 2),
        "right": all(join.whole for join in joins),
    }


async def _once(bench: Bench, seconds: int) -> _Join:
    async with AsyncExitStack() as parts:
        settings = await parts.enter_async_context(live_topics(bench))
        workers = [
            await parts.enter_async_context(product_worker(bench, settings, name))
            for name in ("worker-a", "worker-b")
        ]
        for worker in workers:
            await worker.until_owned()
        ticks: list[Tick] = []
        polls: list[Offsets] = []
        producing = asyncio.create_task(LiveGifts(bench, settings).run(_RATE, seconds, ticks))
        polling = asyncio.create_task(_poll(bench, settings, polls))
        try:
            await asyncio.sleep(seconds / 3)
            owners_before, joined = await _owners(workers), bench.clock.monotonic()
            workers.append(await parts.enter_async_context(product_worker(bench, settings, "worker-c")))
            await producing
            done = bench.clock.monotonic()
            owners_after = await _owners(workers)
            whole = await _all_counted(bench, polls, sum(tick.records for tick in ticks))
        finally:
            for task in (producing, polling):
                task.cancel()
            await asyncio.gather(producing, polling, return_exceptions=True)
    numbers = range(settings.partitions)
    return _Join(
        {number: gap(polls, number, joined, done) for number in numbers},
        # The usual gap: that of the last sixth of the run before the join, when all is warm.
        {number: gap(polls, number, joined - seconds / 6, joined) for number in numbers},
        # A partition that moved has another owner after the join.
        frozenset(number for number in numbers if owners_before.get(number) != owners_after.get(number)),
        whole,
    )


def gap(polls: Sequence[Offsets], partition: int, start: float, end: float) -> float:
    """The longest time without progress of a partition, in seconds.

    Args:
        polls: in order of time.
        partition: number of the partition.
        start: monotonic seconds; a gap that began earlier counts in full.
        end: monotonic seconds; a gap that began earlier counts up to the progress that ends it.
    """
    longest, moved_at, before = 0.0, None, -1
    for at, committed in polls:
        offset = committed.get(partition, before)
        if offset > before:
            if moved_at is not None and at >= start and moved_at <= end:
                longest = max(longest, at - moved_at)
            moved_at, before = at, offset
    return longest


async def _poll(bench: Bench, settings: Settings, polls: list[Offsets]) -> None:
    """Append the committed offsets ten times a second, until cancelled."""
    topic = settings.topic("gift")
    while True:
        try:
            group = await bench.admin.list_consumer_group_offsets(settings.app_id)
        except KafkaError as error:
            if not error.retriable:
                raise
        else:
            committed = {
                place.partition: meta.offset for place, meta in group.items() if place.topic == topic
            }
            polls.append((bench.clock.monotonic(), committed))
        await asyncio.sleep(_POLL_SECONDS)


async def _owners(workers: Sequence[WorkerProcess]) -> dict[int, int]:
    """Partition of the gift topic -> process id of the worker that shows it."""
    return {
        int(sample.labels["partition"]): worker.child.pid
        for worker in workers
        for sample in await worker.samples()
        if sample.name == _OWNED and sample.labels.get("topic") == "gift"
    }


async def _all_counted(bench: Bench, polls: Sequence[Offsets], total: int) -> bool:
    """Wait until all records are committed; False if more are.

    Raises:
        StackError: some are still not counted after a minute.
    """
    deadline = bench.clock.monotonic() + _COUNTED_SECONDS
    while (missing := total - sum(polls[-1][1].values())) > 0:
        if bench.clock.monotonic() > deadline:
            raise StackError(f"{missing} records were not counted in {_COUNTED_SECONDS:.0f} s")
        await asyncio.sleep(_POLL_SECONDS)
    return missing == 0
