"""The boards for everybody: contrast and roles as axe judges them, the keyboard alone, a phone and a wall."""

from __future__ import annotations

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
ALL_RULES: dict[str, object] = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
}
CONTRAST: dict[str, object] = {"type": "rule", "values": ["color-contrast"]}
JUDGE = """async (rules) => {
  const { violations, passes } = await axe.run(document, { runOnly: rules });
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
    """A function that opens a board of a width in a theme."""
    firing: list[dict[str, Any]] = [alert(name, severity) for name, severity, *_ in ALERTS[:2]]
    firing.append(alert("AdDrop", "warning", "pending"))
    prometheus = FakePrometheus(
        answer=lambda query: of_a_day(query, active=3),
        labels={"app": ["douyin", "tiktok"], "region": ["US", "GB", "BR"]},
        alerts=firing,
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


async def _judged(page: Page, rules: dict[str, object]) -> list[str]:
    """What axe says against a page; it must have looked at its colours."""
    answer: dict[str, list[str]] = await page.evaluate(JUDGE, rules)
    assert "color-contrast" in answer["passed"] or answer["said"]
    return answer["said"]


async def test_axe_has_nothing_to_say(pages: Any) -> None:
    """Every board with its closed rows open, by WCAG 2.2 AA; the light theme differs in its colours alone."""
    said: dict[str, list[str]] = {}
    for uid in UIDS:
        page = await pages(f"d/{uid}")
        for title in await page.query_selector_all(".closed > .row-title"):
            await title.click()
        await page.wait_for_function("() => !document.body.textContent.includes('loading')")
        # The header stays on top: what is scrolled under it would count as too near to its links.
        await page.evaluate("scrollTo(0, 0)")
        await page.evaluate(AXE)
        said[uid] = await _judged(page, ALL_RULES)
        await page.evaluate("document.getElementById('theme').click()")
        said[uid] += [f"light: {fault}" for fault in await _judged(page, CONTRAST)]
        await page.close()
    faulty = {uid: faults for uid, faults in said.items() if faults}
    assert faulty == {}, str(faulty)


async def test_axe_has_nothing_to_say_of_a_runbook(pages: Any) -> None:
    """The page that an alert leads to."""
    page = await pages("d/pulse-now", scheme="light")
    await page.click("#alerts .alert.critical a")
    await page.wait_for_selector(".runbook")
    await page.evaluate(AXE)
    assert await _judged(page, ALL_RULES) == []


@pytest.mark.parametrize("width", [390, 1440, 3840])
async def test_no_board_is_wider_than_its_screen(pages: Any, width: int) -> None:
    """A phone, a laptop, a wall: what does not fit scrolls within its panel."""
    wider: dict[str, int] = {}
    for uid in UIDS:
        page = await pages(f"d/{uid}", width)
        wider[uid] = await page.evaluate(WIDER)
        await page.close()
    assert {uid: by for uid, by in wider.items() if by > 0} == {}


async def test_letters_are_larger_on_a_wall(pages: Any) -> None:
    """24 pixels a rem at 3840, against 16 on a laptop: 9.6 + 0.00375 x 3840 = 24."""
    page = await pages("d/pulse-now", 3840)
    assert await page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"


async def test_the_first_stop_skips_to_the_panels(pages: Any) -> None:
    """One Tab and Enter lead past all links to the first row of panels."""
    page = await pages("d/pulse-now")
    await page.keyboard.press("Tab")
    assert await page.evaluate(FOCUSED) == "Skip to the panels"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate(FOCUSED) == "Are all four parties well?"


async def test_the_controls_come_in_the_order_in_which_they_are_read(pages: Any) -> None:
    """By Tab: boards, variables, time, view, then alerts; no stop is without a name."""
    page = await pages("d/pulse-now")
    names: list[str] = []
    while len(names) < 40 and "Are all four parties well?" not in names:
        await page.keyboard.press("Tab")
        names.append(await page.evaluate(FOCUSED))
    wanted = ["Skip to the panels", "Now", "Guardrails", "app", "region", "range", "View", "Runbook"]
    assert [name for name in names if name in wanted][: len(wanted)] == wanted
    assert "" not in names


async def test_a_variable_is_chosen_by_keyboard(pages: Any) -> None:
    """An arrow in the select of apps asks anew, and the select keeps the focus."""
    page = await pages("d/pulse-now")
    await page.focus("select[name=app]")
    async with page.expect_request(lambda request: "douyin" in (request.post_data or "")):
        await page.keyboard.press("ArrowDown")
    assert await page.evaluate(FOCUSED) == "app"


async def test_the_menu_of_a_panel_works_by_keyboard(pages: Any) -> None:
    """Enter opens it, Tab goes to its first item, Escape closes it and leads back."""
    page = await pages("d/pulse-now")
    await page.focus(".panel-menu summary")
    button = await page.evaluate(FOCUSED)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".panel-menu[open] button")
    await page.keyboard.press("Tab")
    assert await page.evaluate(FOCUSED) == "Save as CSV"
    await page.keyboard.press("Escape")
    assert await page.locator(".panel-menu[open]").count() == 0
    assert await page.evaluate(FOCUSED) == button
