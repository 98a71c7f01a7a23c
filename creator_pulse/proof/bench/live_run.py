"""A worker as it ships under a steady load, and what its page shows meanwhile."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.live_gifts import LiveGifts, Tick
from creator_pulse.proof.bench.ours import fresh
from creator_pulse.proof.bench.worker_process import PRODUCT_WORKER, WorkerProcess, worker_process
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench

_SCRAPE_SECONDS = 0.25
_WAIT_SECONDS = 60.0
_GIFTS = re.compile(r'^pulse_records_total\{[^}]*topic="gift"[^}]*\} (\S+)$', re.MULTILINE)
Seen = tuple[int, int]
"""Wall clock (ms) of a scrape, and the gifts it showed."""


async def live_run(bench: Bench, rate: int, seconds: int) -> tuple[list[Tick], list[Seen], int]:
    """Produce for a while at a rate, and scrape the worker until everything is shown.

    Args:
        bench: the broker.
        rate: events a second.
        seconds: how long.

    Returns:
        what was sent, what was seen, both in order, and by how many ms the producer fell behind at the worst.

    Raises:
        StackError: the worker did not start.
    """
    now = bench.clock.now_ms()
    settings = bench.at(app_id=f"bench{now:x}", prefix=f"live{now:x}")
    async with AsyncExitStack() as parts:
        await parts.enter_async_context(fresh(bench, settings))
        topics = declared(settings)
        await ensure(settings, topics)
        worker = await parts.enter_async_context(
            worker_process(settings, bench.folder / "logs", PRODUCT_WORKER)
        )
        await worker.until_owned()
        ticks: list[Tick] = []
        gifts = LiveGifts(bench, settings)
        producing = asyncio.create_task(gifts.run(rate, seconds, ticks))
        try:
            seen = await _scrape(bench, worker, producing, ticks)
        finally:
            producing.cancel()
            await asyncio.gather(producing, return_exceptions=True)
        await bench.remove(one.name for one in topics if one.name.startswith(settings.prefix))
    return ticks, seen, gifts.behind_ms


async def _scrape(
    bench: Bench, worker: WorkerProcess, producing: asyncio.Task[None], ticks: list[Tick]
) -> list[Seen]:
    """Scrape until everything is shown, or no more comes for too long."""
    seen: list[Seen] = []
    grew_at = bench.clock.monotonic()
    while True:
        # The page is not parsed as a whole: the producer runs beside this.
        shown = sum(round(float(found)) for found in _GIFTS.findall(await worker.page()))
        if not seen or shown > seen[-1][1]:
            grew_at = bench.clock.monotonic()
        seen.append((bench.clock.now_ms(), shown))
        if producing.done():
            producing.result()
            whole = shown >= sum(tick.records for tick in ticks)
            if whole or bench.clock.monotonic() - grew_at > _WAIT_SECONDS:
                return seen
        await asyncio.sleep(_SCRAPE_SECONDS)
