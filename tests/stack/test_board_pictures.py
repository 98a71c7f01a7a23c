"""Every generated board in a real Chromium, light and dark, with history and without: what is wrong in it.

The pictures lie in the folder that ``PULSE_PICTURES`` names, else in the test's own: they are there to be
looked at. What a test can see of a picture is checked: text cut off or over other text, empty cells.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
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
from tests.support.board_days import ALERTS, of_a_day, of_no_day
from tests.support.board_prometheus import FakePrometheus
from tests.support.board_samples import alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.stack

Scheme = Literal["light", "dark"]
BOARDS = generated("dashboards")
UIDS = tuple(dashboards.read(BOARDS))
LABELS = {
    "app": ["douyin", "tiktok"],
    "region": ["US", "GB"],
    "topic": ["ad", "gift"],
    "severity": ["critical"],
    "signal": ["gifts", "orders"],
}
WORDS = (
    "too late",
    "no traffic",
    "not enough",
    "no history",
    "no alert",
    "nothing fires",
    "no override",
    "all is as usual",
    "nothing changed",
    "unknown",
)
FAULTS = Path(__file__).with_name("board_faults.js").read_text()
EMPTY_CELLS = """() => [...document.querySelectorAll('.table')].flatMap((table) => {
  const heads = [...table.querySelectorAll('th')].map((head) => head.textContent);
  return [...table.querySelectorAll('tbody tr')].flatMap((row) => [...row.children].map((cell, place) =>
    cell.textContent.trim() ? '' : heads[place]).filter(Boolean));
})"""
MEANINGS = """() => [
  ...[...document.querySelectorAll('.legend-item')].map((item) =>
    [`line ${item.title}`, item.querySelector('.swatch').style.background]),
  ...[...document.querySelectorAll('.table td')]
    .filter((cell) => cell.style.color && !/[0-9]/.test(cell.textContent))
    .map((cell) => [`word ${cell.textContent.trim()}`, cell.style.color]),
  ...[...document.querySelectorAll('.span')].map((span) =>
    [`word ${span.title.split(',')[0]}`, span.style.borderColor]),
]"""
"""What is told by a colour, and the colour: lines by their legend, states by their word."""
MIXED = """() => [...document.querySelectorAll('.chart')].filter(({ dataset }) => dataset.units.includes(' '))
  .map((chart) => `units on one axis: ${chart.closest('.panel').querySelector('h2').textContent}`)"""
NOTES = "[...document.querySelectorAll('.row:not(.closed) .panel .note')].map((node) => node.textContent)"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium."""
    chromium = shutil.which("chromium")
    assert chromium, "the stack needs Chromium: install the package chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


def _prometheus(*, has_history: bool) -> FakePrometheus:
    if not has_history:
        return FakePrometheus(answer=of_no_day, labels=LABELS)
    firing: list[dict[str, Any]] = [alert(name, severity) for name, severity, *_ in ALERTS[:2]]
    for one in firing:
        one["labels"]["region"] = "US"
    return FakePrometheus(answer=of_a_day, labels=LABELS, alerts=firing)


async def _opened(page: Page) -> None:
    """Open the closed rows too, and let them be drawn."""
    for title in await page.query_selector_all(".closed > .row-title"):
        await title.click()
    await page.wait_for_function(
        "() => [...document.querySelectorAll('.panel')].every((panel) => panel.dataset.state && "
        "!panel.querySelector('.note.empty')?.textContent.includes('loading'))"
    )
    await page.evaluate("scrollTo(0, 0)")


MAY_BE_EMPTY = {"Since", "Why", "Tool", "Surface", "Topic", "Region", "App"}
"""Columns of tables: a pending alert has no time yet, one of an app is of no region, a worker of no app."""


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_boards_with_history(browser: Browser, scheme: Scheme, tmp_path: Path) -> None:
    """On a day with alerts every panel is drawn, and no text is cut off or lies over another."""
    folder = Path(os.environ.get("PULSE_PICTURES") or tmp_path)
    faults: dict[str, list[str]] = {}
    errors: list[str] = []
    colours: dict[str, set[str]] = {}
    async with TestServer(_prometheus(has_history=True).app()) as fake:
        app = build_app(BOARDS, generated("runbooks"), Address(str(fake.make_url(""))))
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            page = await browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme=scheme)
            page.on("pageerror", lambda error: errors.append(str(error)))
            for uid in UIDS:
                await page.goto(f"{address}d/{uid}")
                await page.wait_for_selector(REFRESHED)
                await _opened(page)
                await page.screenshot(path=folder / f"{uid}-{scheme}.png", full_page=True)
                faults[uid] = await page.evaluate(FAULTS) + await page.evaluate(MIXED)
                for meaning, colour in await page.evaluate(MEANINGS):
                    colours.setdefault(meaning, set()).add(colour)
                notes = await page.evaluate(NOTES)
                faults[uid] += [f"not drawn: {note}" for note in notes]
                cells = set(await page.evaluate(EMPTY_CELLS)) - MAY_BE_EMPTY
                faults[uid] += [f"empty cells: {cell}" for cell in sorted(cells)]
            await page.close()
    assert {uid: found for uid, found in faults.items() if found} == {}
    assert errors == []
    # What is said by a colour is said by the same one on all boards.
    assert {meaning: found for meaning, found in colours.items() if len(found) > 1} == {}
    assert len(colours) > 30


async def test_boards_without_history(browser: Browser, tmp_path: Path) -> None:
    """In the first minutes each panel says in words which kind of nothing it is, and the words fit."""
    folder = Path(os.environ.get("PULSE_PICTURES") or tmp_path)
    faults: dict[str, list[str]] = {}
    async with TestServer(_prometheus(has_history=False).app()) as fake:
        app = build_app(BOARDS, generated("runbooks"), Address(str(fake.make_url(""))))
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            page = await browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="dark")
            for uid in UIDS:
                await page.goto(f"{address}d/{uid}")
                await page.wait_for_selector(REFRESHED)
                await _opened(page)
                await page.screenshot(path=folder / f"{uid}-empty.png", full_page=True)
                faults[uid] = await page.evaluate(FAULTS)
                notes = await page.evaluate(NOTES)
                assert notes, uid
                faults[uid] += [note for note in notes if not note.startswith(WORDS)]
            await page.close()
    assert {uid: found for uid, found in faults.items() if found} == {}
