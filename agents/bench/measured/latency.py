"""``latency``: from an event to its value at ``/metrics``, and from a hard fault to the page."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from agents.bench.figures import Row, quantile, spread
from agents.bench.live_gifts import LiveGifts, Tick
from agents.bench.ours import fresh
from agents.bench.paged import fault_to_page
from agents.bench.worker_process import PRODUCT_WORKER, WorkerProcess, worker_process
from stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.bench.place import Bench

RATES = (1_000, 20_000, 50_000)
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SCRAPE_SECONDS = 0.1
_WAIT_SECONDS = 60.0
_GIFTS = re.compile(r'^pulse_records_total\{[^}]*topic="gift"[^}]*\} (\S+)$', re.MULTILINE)
Seen = tuple[int, int]
"""Wall clock (ms) of a scrape, and the gifts it showed."""


async def measure(bench: Bench) -> dict[str, object]:
    """Half a minute at each rate, by turns; then a fault, once.

    Returns:
        ``rates``: by events per second ``p50``, ``p95`` and ``p99`` in seconds;
        ``fault_to_webhook_seconds``.
    """
    rates = (500, 2_000) if bench.quick else RATES
    found: dict[int, list[dict[str, float]]] = {rate: [] for rate in rates}
    behind = right = 0
    for number in range(1, bench.runs + 1):
        for rate in rates:
            bench.say(f"round {number} of {bench.runs}: {rate:,} events/s")
            ticks, seen, late = await _once(bench, rate, bench.size(30, 5))
            behind = max(behind, late)
            right += seen[-1][1] == sum(tick.records for tick in ticks)
            found[rate].append(latencies(ticks, seen))
            bench.say(f"  {found[rate][-1]}")
    rows: dict[str, Row] = {
        f"{rate}": {share: spread((one[share] for one in runs), 3) for share in _SHARES}
        for rate, runs in found.items()
    }
    report: dict[str, object] = {
        "rates": rows,
        "producer_behind_ms": behind,
        "right": right == bench.runs * len(rates),
    }
    return report if bench.quick else report | await fault_to_page(bench)


def latencies(ticks: Sequence[Tick], seen: Sequence[Seen]) -> dict[str, float]:
    """Quantiles of the seconds from when an event was due until a scrape showed it.

    Args:
        ticks: what was sent, in order.
        seen: scrapes in order; the last one shows everything.
    """
    waits, weights, total, place = [], [], 0, 0
    for tick in ticks:
        total += tick.records
        while place < len(seen) - 1 and seen[place][1] < total:
            place += 1
        waits.append((seen[place][0] - tick.at_ms) / 1000)
        weights.append(tick.records)
    return {name: quantile(waits, weights, share) for name, share in _SHARES.items()}


async def _once(bench: Bench, rate: int, seconds: int) -> tuple[list[Tick], list[Seen], int]:
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
            await asyncio.wait(
                {producing, asyncio.create_task(gifts.encoded.wait())}, return_when=asyncio.FIRST_COMPLETED
            )
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
