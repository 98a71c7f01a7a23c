"""``scrape``: the time to render a page of 1,000 to 100,000 series, and how long the event loop stands."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import msgspec

from creator_pulse.proof.bench.figures import Row, spread
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
"""From, to: seconds of the monotonic clock, which is one for all processes of a machine."""


async def measure(bench: Bench) -> dict[str, object]:
    """Ten scrapes a run, by turns.

    Returns:
        ``series``: by number of series, of each scrape, ``render_ms``, ``stall_ms``, the longest wait for
        the event loop meanwhile, and ``idle_ms``, the longest in as long a time right before it.
    """
    runs: dict[int, list[Waits]] = {count: [] for count in SERIES}
    right = dict.fromkeys(SERIES, True)
    for number in range(1, bench.runs + 1):
        for count in SERIES:
            bench.say(f"round {number} of {bench.runs}: {count:,} series")
            scrapes, looks, shown = await _once(bench, count)
            runs[count] += waits(scrapes, looks)
            right[count] &= shown == count
    rows: dict[str, Row] = {
        f"{count}": {
            "runs": bench.runs,
            "scrapes": len(of),
            "render_ms": spread((one.render_ms for one in of), 1),
            "stall_ms": spread((one.stall_ms for one in of), 1),
            "idle_ms": spread((one.idle_ms for one in of), 1),
            "right": right[count],
        }
        for count, of in runs.items()
    }
    return {"series": rows}


class Waits(NamedTuple):
    """One scrape, all in ms.

    Attributes:
        render_ms: from the request to the end of the answer.
        stall_ms: longest wait for the event loop meanwhile.
        idle_ms: the same in as long a time right before: what the machine does by itself.
    """

    render_ms: float
    stall_ms: float
    idle_ms: float


def waits(scrapes: Iterable[Span], looks: Sequence[Span]) -> list[Waits]:
    """What each scrape did to the event loop.

    Args:
        scrapes: request, end of the answer.
        looks: when the event loop was due, and when it came.
    """

    def longest(begin: float, end: float) -> float:
        return max((came - due for due, came in looks if came > begin and due < end), default=0.0) * 1000

    return [
        Waits((end - begin) * 1000, longest(begin, end), longest(2 * begin - end, begin))
        for begin, end in scrapes
    ]


async def _once(bench: Bench, count: int) -> tuple[list[Span], list[Span], int]:
    """The scrapes, the event loop's looks, and the series on the page."""
    folder = bench.folder / "logs"
    ready, result, log = (folder / f"scraped.{end}" for end in ("ready", "json", "log"))
    for left in (ready, result):
        left.unlink(missing_ok=True)
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
    return scrapes, await asyncio.to_thread(_looks, result), _own(page)


async def _scrapes(bench: Bench, address: str) -> tuple[list[Span], str]:
    found, page, took = [], "", 1.0
    async with aiohttp.ClientSession() as session:
        for _ in range(_SCRAPES):
            # Time enough for a control as long as the scrape, also where that takes twice the last one.
            await asyncio.sleep(_PAUSE_SECONDS + 2 * took)
            begin = bench.clock.monotonic()
            async with session.get(f"http://{address}/metrics") as answer:
                body = await answer.read()
            end = bench.clock.monotonic()
            found.append((begin, end))
            took, page = end - begin, body.decode()
    return found, page


def _own(page: str) -> int:
    return sum(sample.name.startswith("pulse_bench_") for sample in parse(page))


def _looks(result: Path) -> list[Span]:
    if not result.exists():
        raise StackError("the page did not say when its event loop turned: see its log")
    return msgspec.json.decode(result.read_bytes(), type=list[Span])
