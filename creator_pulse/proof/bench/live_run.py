"""A worker as it ships under a steady load, and how many gifts its page shows meanwhile."""

from __future__ import annotations

import asyncio
import re
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.live_gifts import LiveGifts, Tick
from creator_pulse.proof.bench.ours import fresh
from creator_pulse.proof.bench.worker_process import PRODUCT_WORKER, WorkerProcess, worker_process
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

_SCRAPE_SECONDS = 0.25
_WAIT_SECONDS = 60.0
_GIFTS = re.compile(r'^pulse_records_total\{[^}]*topic="gift"[^}]*\} (\S+)$', re.MULTILINE)
GiftScrape = tuple[int, int]
"""Wall clock (epoch ms) of a scrape, and the number of gifts that it shows."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """The records sent, and the samples read back.

    Attributes:
        ticks: the events sent, in order.
        scrapes: the scrapes of the worker, in order.
        behind_ms: how far the producer fell behind at worst.
    """

    ticks: Sequence[Tick]
    scrapes: Sequence[GiftScrape]
    behind_ms: int

    @property
    def whole(self) -> bool:
        """Whether the last scrape shows exactly the events sent."""
        return self.scrapes[-1][1] == sum(tick.records for tick in self.ticks)


@asynccontextmanager
async def live_topics(bench: Bench) -> AsyncIterator[Settings]:
    """Settings of a new group with empty input topics, which are removed after the block."""
    now = bench.clock.now_ms()
    settings = bench.at(app_id=f"bench{now:x}", prefix=f"live{now:x}")
    async with fresh(bench, settings):
        topics = declared(settings)
        await ensure(settings, topics)
        yield settings
        await bench.remove(topic.name for topic in topics if topic.name.startswith(settings.prefix))


def product_worker(
    bench: Bench, settings: Settings, name: str = "worker"
) -> AbstractAsyncContextManager[WorkerProcess]:
    """A worker as it ships, which runs during the block.

    Args:
        bench: folder of the log.
        settings: settings of the worker.
        name: name of the log file.
    """
    return worker_process(settings, bench.folder / "logs", PRODUCT_WORKER, name)


async def live_run(bench: Bench, rate: int, seconds: int) -> LiveRun:
    """Produce at a rate, and scrape the worker until it shows everything.

    Args:
        bench: provides the running broker.
        rate: events per second.
        seconds: how long to produce.

    Raises:
        StackError: the worker did not start.
    """
    async with AsyncExitStack() as parts:
        settings = await parts.enter_async_context(live_topics(bench))
        worker = await parts.enter_async_context(product_worker(bench, settings))
        await worker.until_owned()
        ticks: list[Tick] = []
        gifts = LiveGifts(bench, settings)
        producing = asyncio.create_task(gifts.run(rate, seconds, ticks))
        try:
            scrapes = await _scrape(bench, worker, producing, ticks)
        finally:
            producing.cancel()
            await asyncio.gather(producing, return_exceptions=True)
    return LiveRun(ticks, scrapes, gifts.behind_ms)


async def _scrape(
    bench: Bench, worker: WorkerProcess, producing: asyncio.Task[None], ticks: list[Tick]
) -> list[GiftScrape]:
    """Scrape until everything is shown, or nothing more comes for too long."""
    scrapes: list[GiftScrape] = []
    grew_at = bench.clock.monotonic()
    while True:
        # The page is searched and not parsed as a whole, because the producer runs in this process.
        gifts = sum(round(float(value)) for value in _GIFTS.findall(await worker.page()))
        if not scrapes or gifts > scrapes[-1][1]:
            grew_at = bench.clock.monotonic()
        scrapes.append((bench.clock.now_ms(), gifts))
        if producing.done():
            producing.result()
            whole = gifts >= sum(tick.records for tick in ticks)
            if whole or bench.clock.monotonic() - grew_at > _WAIT_SECONDS:
                return scrapes
        await asyncio.sleep(_SCRAPE_SECONDS)
