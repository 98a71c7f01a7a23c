"""Where the panels of a board lie: as high as what they have to show, without holes between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.secret import Address
from tests.stack.test_board_browser import REFRESHED, Board
from tests.stack.test_board_browser import board as board  # noqa: PLC0414 - the fixture
from tests.support.board_samples import panel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.stack

GRID_ROW: Final = 30
"""Pixels of a grid row on a page 1,440 wide."""
GAP: Final = 8
"""Pixels between them."""
LINES: Final = {"nothing": 0, "two": 2, "many": 60}
"""Query -> rows of its answer."""


def _table(title: str, query: str, grid: tuple[int, int, int, int]) -> dict[str, Any]:
    return panel("table", title, grid, targets=[(query, "", True)], defaults={"noValue": "no history yet"})


MODEL: Final = {
    "uid": "pulse-now",
    "title": "Layout",
    "panels": [
        _table("Empty", "nothing", (0, 0, 24, 30)),
        _table("Short", "two", (0, 30, 24, 20)),
        panel("timeseries", "Trend", (0, 50, 12, 8), targets=[("line", "now", False)]),
        _table("Beside", "nothing", (12, 50, 12, 8)),
        _table("Long", "many", (0, 58, 24, 10)),
        panel("stat", "Last", (0, 68, 24, 9), targets=[("line", "now", True)]),
    ],
    "time": {"from": "now-15m", "to": "now"},
}


@pytest.fixture
async def laid(board: Board) -> AsyncIterator[Board]:
    """A page with tables that are empty, short and long, and a trend beside an empty one."""
    board.prometheus.series = {
        query: [({"place": str(place)}, lambda _seconds: 1.0) for place in range(count)]
        for query, count in LINES.items()
    } | {"line": [({}, lambda _seconds: 5.0)]}
    app = build_app({"now.json": msgspec.json.encode(MODEL)}, {}, Address(str(board.fake.make_url(""))))
    async with serving(app, "127.0.0.1", 0, "the board") as address:
        await board.page.goto(f"{address}d/pulse-now")
        await board.page.wait_for_selector(REFRESHED)
        yield board


async def _box(laid: Board, title: str) -> dict[str, float]:
    box = await laid.page.locator(f'article:has(h2:text-is("{title}"))').bounding_box()
    assert box is not None
    return {"y": box["y"], "height": box["height"], "bottom": box["y"] + box["height"]}


def _height(rows: int) -> int:
    return rows * (GRID_ROW + GAP) - GAP


async def test_words_take_three_grid_rows(laid: Board) -> None:
    """Of thirty rows an empty table keeps its title and its words, and the next panel follows at once."""
    empty, short = await _box(laid, "Empty"), await _box(laid, "Short")
    assert empty["height"] == _height(3)
    assert short["y"] - empty["bottom"] == GAP


async def test_a_short_table_is_as_high_as_its_rows(laid: Board) -> None:
    """Both rows are seen, and less than a grid row and its gap is left below them."""
    table = laid.page.locator(f"{laid.panel('Short')} .table")
    left = await table.evaluate("(box) => box.clientHeight - box.firstChild.offsetHeight")
    assert 0 <= left < GRID_ROW + GAP


async def test_no_hole_beside_a_plot(laid: Board) -> None:
    """An empty table beside a plot is as high as that, and a plot keeps its height."""
    trend, beside = await _box(laid, "Trend"), await _box(laid, "Beside")
    assert (trend["y"], trend["bottom"]) == (beside["y"], beside["bottom"])
    assert trend["height"] == _height(8)


async def test_a_long_table_keeps_its_height(laid: Board) -> None:
    """Sixty rows are scrolled within ten grid rows."""
    long, last = await _box(laid, "Long"), await _box(laid, "Last")
    assert long["height"] == _height(10)
    assert last["y"] - long["bottom"] == GAP


async def test_a_number_alone_is_no_wall(laid: Board) -> None:
    """A tile that has a line for itself takes four grid rows, not a plot's nine."""
    assert (await _box(laid, "Last"))["height"] == _height(4)


async def test_a_table_that_fills_grows_back(laid: Board) -> None:
    """With sixty rows in it the empty table takes its thirty grid rows."""
    laid.prometheus.series = {**laid.prometheus.series, "nothing": laid.prometheus.series["many"]}
    await laid.page.wait_for_function(
        "() => document.querySelector('article .table')?.closest('article').offsetHeight > 1000"
    )
    assert (await _box(laid, "Empty"))["height"] == _height(30)


async def test_what_was_updated_stays_said(laid: Board) -> None:
    """The moment of the last reading is in the header also while a choice is being drawn."""
    said = await laid.page.inner_text("#updated")
    await laid.page.evaluate("document.getElementById('theme').click()")
    assert await laid.page.inner_text("#updated") == said
    assert said.startswith("updated ")
