"""A page of many series, served as a worker serves it, beside an event loop that looks at its watch.

Run as ``python -m agents.bench.scraped SERIES READY RESULT``: on SIGTERM it writes how long the event
loop stood still at the worst, in ms.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from agents.stopping import stop_on_signals
from stream.exposition.server import MetricsServer
from stream.windows.lane import Sample

_TICK = 0.001
_COUNTRIES = 250


def series(count: int) -> list[Sample]:
    """So many samples, labelled like a lane's: by partition, app and region."""
    return [
        Sample(
            f"pulse_bench_{number // (4 * _COUNTRIES)}_total",
            (
                ("app", "tiktok"),
                ("partition", f"{number % 4}"),
                ("region", f"R{number // 4 % _COUNTRIES}"),
                ("topic", "gift"),
            ),
            number * 1.5,
        )
        for number in range(count)
    ]


async def main(count: str, ready: str, result: str) -> None:
    """Serve until SIGTERM."""
    stop, samples, loop = stop_on_signals(), series(int(count)), asyncio.get_running_loop()
    server = MetricsServer("127.0.0.1", 0, lambda: samples)
    await asyncio.to_thread(Path(ready).write_text, server.address, encoding="ascii")
    worst = 0.0
    while not stop.is_set():
        before = loop.time()
        await asyncio.sleep(_TICK)
        worst = max(worst, loop.time() - before - _TICK)
    server.close()
    await asyncio.to_thread(Path(result).write_text, json.dumps({"stall_ms": worst * 1000}), encoding="ascii")


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
