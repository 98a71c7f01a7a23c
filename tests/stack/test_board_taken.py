"""What a reader takes from a board: numbers, pictures, links; and what stays when Prometheus is away."""

from __future__ import annotations

import csv
import re
import struct
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.stack.test_board_browser import REFRESHED, Board, queries_of
from tests.stack.test_board_browser import board as board  # noqa: PLC0414 - the fixture
from tests.support.board_samples import MARKUP

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Download

pytestmark = pytest.mark.stack

CLOCK = "async ([seconds, zone]) => (await import('/static/axis.js')).stamp(seconds, zone)"


async def _taken(board: Board, title: str, item: str) -> Download:
    """The file that an item of a panel's menu gives."""
    await board.page.click(f'article:has(h2:text-is("{title}")) .panel-menu summary')
    async with board.page.expect_download() as given:
        await board.page.click(f'.panel-menu[open] button:text-is("{item}")')
    return await given.value


async def _rows(board: Board, title: str) -> list[list[str]]:
    download = await _taken(board, title, "Save as CSV")
    return list(csv.reader(_content(await download.path()).decode().splitlines()))


def _content(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_trend_as_csv_has_a_line_a_time(board: Board) -> None:
    """15 minutes in steps of 5 s are 181 lines, under the names of the four series."""
    head, *rows = await _rows(board, "Gifts by region")
    assert head[1:] == ["US", "GB", "BR", MARKUP]
    assert head[0] == "time (UTC)"
    assert len(rows) in {180, 181}
    assert all(float(number) > 0 for row in rows for number in row[1:])


async def test_a_table_as_csv_has_its_columns(board: Board) -> None:
    """The numbers are whole, without units."""
    head, *rows = await _rows(board, "Regions")
    assert head == ["region", "Gifts", "Lag"]
    assert len(rows) == 4


async def test_a_number_as_csv_is_in_its_base_unit(board: Board) -> None:
    """1234.5 USD, which the tile shows as $1.23K."""
    assert [row[-1] for row in await _rows(board, "Earnings")] == ["value", "1234.5"]


async def test_a_text_that_begins_like_a_formula_stays_a_text(board: Board) -> None:
    """A spreadsheet runs what begins with =; with an apostrophe it shows it."""
    script = """async () => {
      const { csvOf } = await import('/static/csv.js');
      return csvOf({ type: 'stat' }, [{ name: '=1+1', points: [[0, -2]] }], { zone: 'UTC' });
    }"""
    assert await board.page.evaluate(script) == "name,value\r\n'=1+1,-2\r\n"


async def test_a_panel_as_a_picture_has_twice_its_size(board: Board) -> None:
    """A PNG of the panel with its lines."""
    box = await board.page.locator('article:has(h2:text-is("Gifts by region"))').bounding_box()
    download = await _taken(board, "Gifts by region", "Save as picture")
    content = _content(await download.path())
    assert download.suggested_filename == "gifts-by-region.png"
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert box is not None
    assert struct.unpack(">II", content[16:24]) == (int(box["width"] * 2), int(box["height"] * 2))
    assert len(content) > 10_000


async def test_a_link_shows_the_same_moment_later(board: Board) -> None:
    """A copied link holds board, time, variables, theme and zone; opened, it asks for just that time."""
    await board.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await board.page.select_option("select[name=app]", "tiktok")
    await board.page.click("#view summary")
    await board.page.click("#theme")
    await board.page.click("#link")
    await board.page.wait_for_selector("#said:text-is('The link is in the clipboard')", state="attached")
    link = await board.page.evaluate("navigator.clipboard.readText()")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert urlsplit(link).path == "/d/pulse-now"
    assert int(asked["to"]) - int(asked["from"]) == 900_000
    assert (asked["var-app"], asked["theme"], asked["zone"]) == ("tiktok", "dark", "UTC")
    async with board.page.expect_request(lambda request: "start" in (request.post_data or "")) as request:
        await board.page.goto(link)
    starts = {query["start"] for query in queries_of(await request.value) if "start" in query}
    assert all(abs(int(start) - int(asked["from"]) / 1_000) <= 5 for start in starts)
    assert await board.page.get_attribute("html", "data-theme") == "dark"


async def test_a_theme_is_kept_for_the_next_page(board: Board) -> None:
    """Dark colours chosen on one board, where the system asks for light ones, are those of the next board."""
    await board.page.click("#view summary")
    await board.page.click("#theme")
    await board.page.click("nav >> text=Pipeline")
    await board.page.wait_for_selector(REFRESHED)
    assert await board.page.get_attribute("html", "data-theme") == "dark"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "2026-07-01 00:00:00"),
        ("Asia/Shanghai", "2026-07-01 08:00:00"),
        ("America/New_York", "2026-06-30 20:00:00"),
        ("Asia/Kolkata", "2026-07-01 05:30:00"),
    ],
)
async def test_times_are_those_of_the_chosen_zone(board: Board, zone: str, text: str) -> None:
    """Midnight UTC of 1 July 2026, epoch second 1,782,864,000, in zones with and without summer time."""
    assert await board.page.evaluate(CLOCK, [1_782_864_000, zone]) == text


async def test_a_zone_is_chosen_for_all_panels(board: Board) -> None:
    """The choice stands in the address."""
    await board.page.click("#view summary")
    await board.page.select_option("select[name=zone]", "")
    await board.page.wait_for_function("() => new URLSearchParams(location.search).get('zone')")
    assert await board.page.evaluate("localStorage.getItem('pulse-zone')") == ""


async def test_what_was_drawn_stays_when_prometheus_is_away(board: Board) -> None:
    """Each panel keeps its numbers, greyed, and says of when they are."""
    before = await board.text("Earnings")
    await board.fake.close()
    await board.page.wait_for_selector(".panel.old", timeout=15_000)
    ages = await board.page.locator(".row:not(.closed) .panel.old .age").all_text_contents()
    assert len(ages) == 9
    assert all(re.fullmatch(r"Prometheus is away: as of \d\d:\d\d:\d\d", age) for age in ages)
    assert await board.text("Earnings") == before
