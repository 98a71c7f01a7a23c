"""``scrape``: the time to render a page of 1,000 to 100,000 series, and how long the event loop stalls."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import msgspec

from creator_pulse.proof.bench.figures import FigureRow, spread
from creator_pulse.proof.ledger.samples import parse
from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.process import Child, Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from creator_pulse.proof.bench.place import Bench

SERIES = (1_000, 10_000, 100_000)
_SCRAPES = 10
_READY_SECONDS = 30.0
_PAUSE_SECONDS = 0.2
Span = tuple[float, float]
"""Start and end in seconds of the monotonic clock, which all processes of a machine share."""


async def scrape(bench: Bench) -> dict[str, object]:
    """Ten scrapes per run, by turns.

    Returns:
        ``series``: by number of series, of each scrape, ``render_ms``, ``stall_ms``, the longest wait for
        the event loop meanwhile, and ``idle_ms``, the longest in as long a time right before it.
    """
    runs: dict[int, list[ScrapeWaits]] = {count: [] for count in SERIES}
    right = dict.fromkeys(SERIES, True)
    for count in bench.by_turns(SERIES, "{:,} series".format):
        scrapes, ticks, series = await _once(bench, count)
        runs[count] += waits(scrapes, ticks)
        right[count] &= series == count
    rows: dict[str, FigureRow] = {
        f"{count}": {
            "runs": bench.runs,
            "scrapes": len(scrapes),
            "render_ms": spread((wait.render_ms for wait in scrapes), 1),
            "stall_ms": spread((wait.stall_ms for wait in scrapes), 1),
            "idle_ms": spread((wait.idle_ms for wait in scrapes), 1),
            "right": right[count],
        }
        for count, scrapes in runs.items()
    }
    return {"series": rows}


class ScrapeWaits(NamedTuple):
    """Durations of one scrape, ms.

    Attributes:
        render_ms: from the request to the end of the answer.
        stall_ms: longest wait for the event loop during that time.
        idle_ms: longest wait in an equally long time right before, as a control for the machine's own noise.
    """

    render_ms: float
    stall_ms: float
    idle_ms: float


def waits(scrapes: Iterable[Span], ticks: Sequence[Span]) -> list[ScrapeWaits]:
    """The effect of each scrape on the event loop.

    Args:
        scrapes: time of the request, and of the end of the answer.
        ticks: when a tick of the event loop was due, and when it ran.
    """

    def longest(begin: float, end: float) -> float:
        return max((ran - due for due, ran in ticks if ran > begin and due < end), default=0.0) * 1000

    # The control interval ends where the scrape begins and is as long: from begin - (end - begin) to begin.
    return [
        ScrapeWaits((end - begin) * 1000, longest(begin, end), longest(2 * begin - end, begin))
        for begin, end in scrapes
    ]


async def _once(bench: Bench, count: int) -> tuple[list[Span], list[Span], int]:
    """The scrapes, the ticks of the event loop, and the number of series on the page."""
    folder = bench.folder / "logs"
    ready, result, log = (folder / f"scraped.{end}" for end in ("ready", "json", "log"))
    for path in (ready, result):
        path.unlink(missing_ok=True)
    argv = (sys.executable, "-m", "creator_pulse.proof.bench.scraped", str(count), str(ready), str(result))
    child = Child(Program(name="the page", argv=argv, log=log))
    await child.start()
    try:

        async def there() -> bool:
            return ready.exists() and bool(ready.read_text(encoding="ascii"))

        await child.ready(there, _READY_SECONDS)
        scrapes, page = await _scrapes(bench, ready.read_text(encoding="ascii"))
    finally:
        await child.stop()
    return scrapes, await asyncio.to_thread(_ticks, result), _own(page)


async def _scrapes(bench: Bench, address: str) -> tuple[list[Span], str]:
    scrapes, page, took = [], "", 1.0
    async with aiohttp.ClientSession() as session:
        for _ in range(_SCRAPES):
            # Long enough for a control interval, even if the scrape takes twice as long as the last.
            await asyncio.sleep(_PAUSE_SECONDS + 2 * took)
            begin = bench.clock.monotonic()
            async with session.get(f"http://{address}/metrics") as answer:
                body = await answer.read()
            end = bench.clock.monotonic()
            scrapes.append((begin, end))
            took, page = end - begin, body.decode()
    return scrapes, page


def _own(page: str) -> int:
    return sum(sample.name.startswith("pulse_bench_") for sample in parse(page))


def _ticks(result: Path) -> list[Span]:
    if not result.exists():
        raise StackError("the page did not say when its event loop turned: see its log")
    return msgspec.json.decode(result.read_bytes(), type=list[Span])
