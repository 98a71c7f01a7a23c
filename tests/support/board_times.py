"""How fast the board is in a real Chromium: ``python -m tests.support.board_times`` prints a table.

The Prometheus behind it is the tests' own in the same process, whose answers take longer than a real one's.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import sys
from typing import Any, Final

from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, async_playwright

from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.board import assets
from creator_pulse.stream.board.server import STATIC, build_app
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.secret import Address
from tests.support.board_days import of_a_day
from tests.support.board_prometheus import FakePrometheus

TIMES: Final = 5
TWELVE: Final = "pulse-twelve"
REFRESHED: Final = "body[data-refreshed]"
PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
DRAWN: Final = "(([first]) => first.startTime + first.duration)(performance.getEntriesByName('refresh'))"
REFRESH: Final = "performance.getEntriesByName('refresh').at(-1).duration"
SECOND: Final = "() => performance.getEntriesByName('refresh').length > 1"


async def _measured(browser: Browser, url: str, script: str, wait: str = "") -> float:
    """The median of some loads, in seconds."""
    values: list[float] = []
    for _ in range(TIMES):
        context = await browser.new_context(viewport={"width": 1440, "height": 1000})
        page = await context.new_page()
        await page.goto(url)
        await page.wait_for_selector(REFRESHED)
        if wait:
            await page.wait_for_function(wait)
        values.append(float(await page.evaluate(script)) / 1_000)
        await context.close()
    return statistics.median(values)


def _twelve(model: dict[str, Any]) -> bytes:
    """A board of the first twelve trends of another."""
    trends = [panel for panel in model["panels"] if panel["type"] == "timeseries"][:12]
    for place, panel in enumerate(trends):
        panel["gridPos"] = {"x": place % 3 * 8, "y": place // 3 * 8, "w": 8, "h": 8}
    return json.dumps(model | {"uid": TWELVE, "panels": trends}).encode()


async def _main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("board_times: install chromium")
    boards = generated("dashboards")
    boards["twelve.json"] = _twelve(json.loads(boards["tool-gift.json"]))
    async with (
        TestServer(FakePrometheus(answer=lambda query: of_a_day(query, active=3)).app()) as fake,
        async_playwright() as playwright,
    ):
        app = build_app(boards, {}, Address(str(fake.make_url(""))))
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            home = f"{address}d/pulse-now"
            rows = [
                ("scripts and style sheets, compressed", f"{_kilobytes():.0f} kB"),
                ("first paint of Now", f"{await _measured(browser, home, PAINT):.2f} s"),
                ("Now drawn with all its numbers", f"{await _measured(browser, home, DRAWN):.2f} s"),
                (
                    "twelve trends refreshed",
                    f"{await _measured(browser, f'{address}d/{TWELVE}', REFRESH, SECOND):.2f} s",
                ),
            ]
            await browser.close()
    sys.stdout.writelines(f"| {name} | {value} |\n" for name, value in rows)


def _kilobytes() -> float:
    return sum(len(asset.packed) for asset in assets.read(STATIC).values()) / 1_000


if __name__ == "__main__":
    asyncio.run(_main())
