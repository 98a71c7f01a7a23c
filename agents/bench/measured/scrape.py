"""``scrape``: the time to render a page of 1,000 to 100,000 series, and how long the event loop stands."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from agents.bench.figures import Row, spread
from stream.errors import StackError
from stream.local.process import Child, Program
from stream.synthetic.samples import parse

if TYPE_CHECKING:
    from pathlib import Path

    from agents.bench.place import Bench

SERIES = (1_000, 10_000, 100_000)
_SCRAPES = 10
_READY_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


async def measure(bench: Bench) -> dict[str, object]:
    """Ten scrapes a run, by turns.

    Returns:
        ``series``: by number of series ``render_ms`` and ``stall_ms``, the latter the worst of a run.
    """
    runs: dict[int, list[tuple[list[float], float]]] = {count: [] for count in SERIES}
    right = dict.fromkeys(SERIES, True)
    for number in range(1, bench.runs + 1):
        for count in SERIES:
            bench.say(f"round {number} of {bench.runs}: {count:,} series")
            renders, stall, shown = await _once(bench, count)
            runs[count].append((renders, stall))
            right[count] &= shown == count
    rows: dict[str, Row] = {
        f"{count}": {
            "runs": len(of),
            "render_ms": spread((one for renders, _ in of for one in renders), 1),
            "stall_ms": spread((stall for _, stall in of), 1),
            "right": right[count],
        }
        for count, of in runs.items()
    }
    return {"series": rows}


async def _once(bench: Bench, count: int) -> tuple[list[float], float, int]:
    """Times of the scrapes (ms), the worst stall (ms), and the series on the page."""
    folder = bench.folder / "logs"
    ready, result, log = (folder / f"scraped.{end}" for end in ("ready", "json", "log"))
    for left in (ready, result):
        left.unlink(missing_ok=True)
    argv = (sys.executable, "-m", "agents.bench.scraped", str(count), str(ready), str(result))
    child = Child(Program(name="the page", argv=argv, log=log))
    await child.start()
    try:

        async def there() -> bool:
            return ready.exists() and bool(ready.read_text(encoding="ascii"))

        await child.ready(there, _READY_SECONDS)
        renders, page = await _scrapes(bench, ready.read_text(encoding="ascii"))
    finally:
        await child.stop()
    return renders, await asyncio.to_thread(_stall, result), _own(page)


async def _scrapes(bench: Bench, address: str) -> tuple[list[float], str]:
    found, page = [], ""
    async with aiohttp.ClientSession() as session:
        for _ in range(_SCRAPES):
            began = bench.clock.monotonic()
            async with session.get(f"http://{address}/metrics") as answer:
                body = await answer.read()
            found.append((bench.clock.monotonic() - began) * 1000)
            page = body.decode()
            await asyncio.sleep(_PAUSE_SECONDS)
    return found, page


def _own(page: str) -> int:
    return sum(sample.name.startswith("pulse_bench_") for sample in parse(page))


def _stall(result: Path) -> float:
    if not result.exists():
        raise StackError("the page did not say how long its event loop stood: see its log")
    told: dict[str, Any] = msgspec.json.decode(result.read_bytes())
    return float(told["stall_ms"])
