"""``checkpoint``: 100,000 dirty entries at once, and what input does meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import OURS, Row, Run, spread
from creator_pulse.proof.bench.gift_job import TOPIC
from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import LIMIT_SECONDS, checked, fresh, gift_settings
from creator_pulse.proof.bench.prepared import end_offsets, prepare_gifts
from creator_pulse.proof.bench.rounds import rounds
from creator_pulse.proof.bench.watch import Watch
from creator_pulse.proof.bench.worker_process import WorkerProcess, gift_worker, worker_process
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.bench.watch import Look
    from creator_pulse.stream.settings import Settings

_LOOK_SECONDS = 0.25
_COMMIT = "pulse_lane_checkpoint_seconds"


@dataclass
class _Seen:
    """What was seen of all runs.

    Attributes:
        entries: of the largest checkpoints, all lanes together.
        seconds: of the longest commits of a lane.
        gaps: longest times without a committed input record.
    """

    entries: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)


async def measure(bench: Bench) -> dict[str, object]:
    """Gifts of 100,000 creators within one minute, so that each checkpoint changes most of them.

    Returns:
        ``entries`` of the largest checkpoint (records of the changelog within a second, all lanes),
        ``commit_seconds`` of the slowest lane, ``input_gap_seconds``, and the row of the runs.
    """
    plan = GiftPlan(bench.size(2_000_000, 20_000), bench.size(100_000, 1_000), span_ms=60_000)
    await prepare_gifts(bench, plan)
    seen = _Seen()
    _, rows = await rounds(bench, {OURS: partial(_once, bench, plan, seen)})
    report: Row = {
        "entries": spread(seen.entries),
        "commit_seconds": spread(seen.seconds, 3),
        "input_gap_seconds": spread(seen.gaps, 2),
    }
    return (report if seen.entries else {}) | {"run": rows[OURS]}


async def _once(bench: Bench, plan: GiftPlan, seen: _Seen) -> Run:
    # Before the worker starts: nobody would look at it meanwhile.
    expected = plan.sums()
    async with AsyncExitStack() as parts:
        settings = await parts.enter_async_context(fresh(bench, gift_settings(bench, plan)))
        worker = await parts.enter_async_context(
            worker_process(settings, bench.folder / "logs", gift_worker())
        )
        await worker.until_owned()
        watch = Watch(bench, settings, [worker], settings.topic(TOPIC), (PANE_TOPIC, WINDOW_TOPIC))
        looking = asyncio.create_task(_look(settings, worker, seen))
        try:
            check = partial(checked, settings, expected)
            wrong = await watch.until_read(plan.ends(), check, LIMIT_SECONDS)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        seen.gaps.append(longest_gap(watch.looks, sum(plan.ends().values())))
        return watch.run(plan.records, wrong)


async def _look(settings: Settings, worker: WorkerProcess, seen: _Seen) -> None:
    """Look at commits and at the changelog until cancelled."""
    changelog = settings.changelog(PANE_TOPIC)
    seen.entries.append(0)
    seen.seconds.append(0)
    before = 0
    while True:
        written = sum((await end_offsets(settings, changelog, settings.merge_partitions)).values())
        seen.entries[-1] = max(seen.entries[-1], written - before)
        before = written
        commits = [one.value for one in await worker.samples() if one.name == _COMMIT]
        seen.seconds[-1] = max(seen.seconds[-1], *commits, 0)
        await asyncio.sleep(_LOOK_SECONDS)


def longest_gap(looks: Sequence[Look], end: int) -> float:
    """The longest time without a committed record, from the first to the last, in seconds.

    Args:
        looks: in order.
        end: records in the topic.
    """
    moved, gap, before = None, 0.0, 0
    for look in looks:
        committed = sum(look.committed.values())
        if committed > before:
            gap = max(gap, look.at - moved) if moved is not None else gap
            moved, before = look.at, committed
        if committed >= end:
            break
    return gap
