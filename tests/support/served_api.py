"""The API over parts in memory on a port of its own, for a program that asks it everything."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.api_bench import HOUR, MINUTE, NOW, Bench

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = Path(__file__).with_name("schemathesis.toml")
CASE = "gift_coins_velocity_viewers|tiktok|v1|1760000040000"


def filled() -> Bench:
    """Something of everything: values, ranks, results, a case."""
    bench = Bench()
    for window in ("5m", "1h"):
        for region in ("US", "GB"):
            bench.publish("gift_value_usd", 12.5, window=window, region=region)
    for rank in ("1", "2"):
        bench.publish_view("gift_top_room_coins", {"value": 5.0, "who": [f"r{rank}"]}, rank=rank)
    for hour in range(5):
        bench.state(NOW - HOUR + hour * MINUTE, "12500000")
    bench.open_case(CASE, NOW - MINUTE)
    return bench


async def fuzz(bench: Bench, options: Sequence[str], seconds: float) -> tuple[int, str]:
    """Run Schemathesis against the API; its exit code and what it told.

    Args:
        bench: what stands behind the API.
        options: of its command line.
        seconds: after which it is given up.
    """
    async with bench.client() as client:
        url = str(client.make_url("/openapi.json"))
        script = Path(sys.executable).with_name("schemathesis")
        process = await asyncio.create_subprocess_exec(
            *(str(script), f"--config-file={CONFIG}", "run", url, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(CONFIG.parents[2]), "NO_COLOR": "1"},
        )
        try:
            async with asyncio.timeout(seconds):
                told, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return process.returncode or 0, told.decode()


async def _main() -> int:
    code, told = await fuzz(filled(), sys.argv[1:], 3_600)
    sys.stdout.write(told)
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
