"""A page of many series, served as a worker serves it, beside an event loop that times its ticks.

Run as ``python -m creator_pulse.proof.bench.scraped SERIES READY RESULT``: on SIGTERM it writes all
ticks, each as the time when it was due and when it ran, in seconds of the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop

import creator_pulse.agents.worker  # noqa: F401 - loads the modules that a worker has in memory
from creator_pulse.agents.garbage import settle
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.exposition.server import MetricsServer
from creator_pulse.stream.lanes.lane import Sample

TICK_SECONDS = 0.001
_TURNS = 1_000
_COUNTRIES = 250


def series(count: int) -> list[Sample]:
    """``count`` samples, labelled like a lane's by partition, app and region."""
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


def _commit(samples: list[Sample], turn: int) -> None:
    """Replace a share of the samples, as commits do, so that all are replaced every few seconds."""
    # Turn by turn one of 1,000 equal slices, at a tick of 1 ms.
    share = len(samples) // _TURNS
    first = turn % _TURNS * share
    for number in range(first, first + share):
        old = samples[number]
        samples[number] = Sample(old.family, old.labels, old.value + 1)


async def main(count: str, ready: str, result: str) -> None:
    """Serve until SIGTERM."""
    stop, clock = stop_on_signals(), SystemClock()
    # As in a worker, the garbage collector is settled after the imports and before the first sample.
    settle()
    samples = series(int(count))
    server = MetricsServer("127.0.0.1", 0, lambda: samples)
    await asyncio.to_thread(Path(ready).write_text, server.address, encoding="ascii")
    ticks: list[tuple[float, float]] = []
    while not stop.is_set():
        due = clock.monotonic() + TICK_SECONDS
        await asyncio.sleep(TICK_SECONDS)
        ticks.append((due, clock.monotonic()))
        _commit(samples, len(ticks))
    server.close()
    await asyncio.to_thread(Path(result).write_bytes, msgspec.json.encode(ticks))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
