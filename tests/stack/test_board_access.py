"""The boards for everybody: contrast and roles as axe judges them, the keyboard alone, a phone and a wall."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import async_playwright

from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.board import dashboards
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.secret import Address
from tests.stack.test_board_browser import ARGUMENTS, REFRESHED
from tests.support.board_days import ALERTS, of_a_day
from tests.support.board_prometheus import FakePrometheus
from tests.support.board_samples import alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

pytestmark = pytest.mark.stack

Scheme = Literal["light", "dark"]
BOARDS = generated("dashboards")
UIDS = tuple(dashboards.read(BOARDS))
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
"""axe-core; without the package nothing here can be imported."""
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
JUDGE = """async (levels) => {
  const { violations, passes } = await axe.run(document, { runOnly: { type: 'tag', values: levels } });
  const said = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}: ${node.any
    .concat(node.all, node.none).map(({ message }) => message).join(' ')}`));
  return { said, passed: passes.map(({ id }) => id) };
}"""
FOCUSED = """() => {
  const node = document.activeElement;
  return node.getAttribute('aria-label') || node.name || node.textContent.trim();
}"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def pages() -> AsyncIterator[Any]:
    """Opens a board: ``await pages(path, width, scheme)``."""
    firing: list[dict[str, Any]] = [alert(name, severity) for name, severity, *_ in ALERTS[:2]]
    firing.append(alert("AdDrop", "warning", "pending"))
    prometheus = FakePrometheus(
        answer=of_a_day, labels={"app": ["douyin", "tiktok"], "region": ["US", "GB", "BR"]}, alerts=firing
    )
    chromium = shutil.which("chromium")
    assert chromium, "the stack needs Chromium: install the package chromium"
    async with TestServer(prometheus.app()) as fake, async_playwright() as playwright:
        app = build_app(BOARDS, generated("runbooks"), Address(str(fake.make_url(""))))
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        async with serving(app, "127.0.0.1", 0, "the board") as address:

            async def opened(path: str, width: int = 1440, scheme: Scheme = "dark") -> Page:
                page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                await page.goto(f"{address}{path}")
                await page.wait_for_selector(REFRESHED)
                return page

            yield opened
            await browser.close()


async def _judged(page: Page) -> list[str]:
    """What axe says against a page; it must have looked at its colours."""
    await page.evaluate(AXE)
    answer: dict[str, list[str]] = await page.evaluate(JUDGE, LEVELS)
    assert "color-contrast" in answer["passed"] or answer["said"]
    return answer["said"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_axe_has_nothing_to_say(pages: Any, scheme: Scheme) -> None:
    """Every board, in both themes, with its closed rows open, by WCAG 2.2 AA."""
    said: dict[str, list[str]] = {}
    for uid in UIDS:
        page = await pages(f"d/{uid}", scheme=scheme)
        for title in await page.query_selector_all(".closed > .row-title"):
            await title.click()
        await page.wait_for_function("() => !document.body.textContent.includes('loading')")
        said[uid] = await _judged(page)
        await page.close()
    assert {uid: faults for uid, faults in said.items() if faults} == {}


async def test_axe_has_nothing_to_say_of_a_runbook(pages: Any) -> None:
    """The page that an alert leads to."""
    page = await pages("d/pulse-now", scheme="light")
    await page.click("#alerts .alert.critical a")
    await page.wait_for_selector(".runbook")
    assert await _judged(page) == []
