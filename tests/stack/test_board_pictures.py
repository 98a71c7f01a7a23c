"""Every generated board in a real Chromium, on a calm day, in an incident and without data, light and dark.

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

State = Literal["calm", "incident", "empty"]
ACTIVE = {"calm": 0, "incident": 8}
"""State with history -> how many alerts are active."""
SCHEMES = ("dark", "light")
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


def _prometheus(state: State) -> FakePrometheus:
    if state == "empty":
        return FakePrometheus(answer=of_no_day, labels=LABELS)
    active = ACTIVE[state]
    firing: list[dict[str, Any]] = [
        alert(name, severity) for name, severity, *_ in ALERTS[: max(0, active - 1)]
    ]
    for one in firing:
        one["labels"]["region"] = "US"
    return FakePrometheus(
        answer=lambda query: of_a_day(query, active),
        labels=LABELS,
        alerts=[*firing, alert("Watchdog", "none")],
    )


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


async def _pictures(page: Page, folder: Path, name: str) -> AsyncIterator[str]:
    """Both schemes of the board that is open, each after its picture was taken."""
    for scheme in SCHEMES:
        if await page.evaluate("document.documentElement.dataset.theme") != scheme:
            # Not by a pointer: the menu that holds the button would be in the picture.
            await page.evaluate("document.getElementById('theme').click()")
        await page.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True)
        yield scheme


@pytest.mark.parametrize("state", ["calm", "incident"])
async def test_boards_with_history(browser: Browser, state: State, tmp_path: Path) -> None:
    """On a calm day and in an incident every panel is drawn, and no text is cut off or lies over another."""
    folder = Path(os.environ.get("PULSE_PICTURES") or tmp_path)
    faults: dict[str, list[str]] = {}
    errors: list[str] = []
    colours: dict[str, dict[str, set[str]]] = {scheme: {} for scheme in SCHEMES}
    async with TestServer(_prometheus(state).app()) as fake:
        app = build_app(BOARDS, generated("runbooks"), Address(str(fake.make_url(""))))
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            page = await browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="dark")
            page.on("pageerror", lambda error: errors.append(str(error)))
            for uid in UIDS:
                await page.goto(f"{address}d/{uid}?theme=dark")
                await page.wait_for_selector(REFRESHED)
                await _opened(page)
                async for scheme in _pictures(page, folder, f"{uid}-{state}"):
                    found = await page.evaluate(FAULTS) + await page.evaluate(MIXED)
                    for meaning, colour in await page.evaluate(MEANINGS):
                        colours[scheme].setdefault(meaning, set()).add(colour)
                    if state == "incident":
                        found += [f"not drawn: {note}" for note in await page.evaluate(NOTES)]
                    cells = set(await page.evaluate(EMPTY_CELLS)) - MAY_BE_EMPTY
                    found += [f"empty cells: {cell}" for cell in sorted(cells)]
                    faults[f"{uid} {scheme}"] = found
            await page.close()
    assert {name: found for name, found in faults.items() if found} == {}
    assert errors == []
    for seen in colours.values():
        # What is said by a colour is said by the same one on all boards.
        assert {meaning: found for meaning, found in seen.items() if len(found) > 1} == {}
        assert len(seen) > 30


async def test_boards_without_history(browser: Browser, tmp_path: Path) -> None:
    """In the first minutes each panel says in words which kind of nothing it is, and the words fit."""
    folder = Path(os.environ.get("PULSE_PICTURES") or tmp_path)
    faults: dict[str, list[str]] = {}
    async with TestServer(_prometheus("empty").app()) as fake:
        app = build_app(BOARDS, generated("runbooks"), Address(str(fake.make_url(""))))
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            page = await browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="dark")
            for uid in UIDS:
                await page.goto(f"{address}d/{uid}?theme=dark")
                await page.wait_for_selector(REFRESHED)
                await _opened(page)
                async for scheme in _pictures(page, folder, f"{uid}-empty"):
                    notes = await page.evaluate(NOTES)
                    assert notes, uid
                    strange = [note for note in notes if not note.startswith(WORDS)]
                    faults[f"{uid} {scheme}"] = await page.evaluate(FAULTS) + strange
            await page.close()
    assert {name: found for name, found in faults.items() if found} == {}
