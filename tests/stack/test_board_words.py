"""What a board says of what is missing, what can still change, and what happened at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.secret import Address
from tests.stack.test_board_browser import REFRESHED, Board
from tests.stack.test_board_browser import board as board  # noqa: PLC0414 - the fixture
from tests.support.board_samples import VARIABLES, panel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.stack

UNTIL = 1_767_614_400
"""Right edge of a range that is over, epoch seconds: there a mark does not move while a page is loaded."""
WINDOW = 'value{window="1m",state="provisional",region=~"$region"}'
REGION = {
    "name": "region",
    "type": "query",
    "query": {"query": "label_values(value, region)", "refId": "region"},
    "multi": True,
    "includeAll": True,
    "allValue": ".+",
}
MARKS = [
    {
        "name": "Deployments",
        "enable": True,
        "expr": "deployed",
        "iconColor": "blue",
        "titleFormat": "v{{version}}",
    },
    {
        "name": "Not seen",
        "enable": True,
        "expr": "blind",
        "iconColor": "gray",
        "titleFormat": "{{topic}} is late",
    },
]
PANELS = [
    panel("timeseries", "Open", (0, 0, 12, 8), targets=[(WINDOW, "now", False)]),
    panel("timeseries", "Closed", (12, 0, 12, 8), targets=[("final", "now", False)]),
    panel(
        "stat",
        "Late",
        (0, 8, 6, 4),
        targets=[("absent", "", True)],
        defaults={"noValue": "no traffic, or not yet"},
    ),
    panel(
        "stat", "Calm", (0, 12, 6, 4), targets=[("absent", "", True)], defaults={"noValue": "nothing fires"}
    ),
    panel(
        "stat", "Young", (6, 8, 6, 4), targets=[("absent", "", True)], defaults={"noValue": "no history yet"}
    ),
    panel(
        "timeseries",
        "Of nothing",
        (12, 8, 12, 4),
        targets=[("nan", "", False)],
        defaults={
            "mappings": [
                {
                    "type": "special",
                    "options": {"match": "nan", "result": {"text": "not enough for a verdict"}},
                }
            ]
        },
    ),
]
PIXEL = """([title, share]) => {
  const panels = [...document.querySelectorAll('.panel')];
  const chart = panels.find((one) => one.querySelector('h2').textContent === title);
  const canvas = chart.querySelector('canvas');
  const over = chart.querySelector('.u-over').getBoundingClientRect();
  const box = canvas.getBoundingClientRect();
  const x = Math.round(over.left - box.left + share * over.width);
  const { data } = canvas.getContext('2d').getImageData(x, 0, 1, canvas.height);
  let blue = 0;
  for (let at = 0; at < data.length; at += 4) blue += data[at + 3] > 128 && data[at + 2] - data[at] > 40;
  return blue / canvas.height;
}"""


def _steady(value: float, _seconds: float) -> float:
    return value


@pytest.fixture
async def marked(board: Board) -> AsyncIterator[Board]:
    """The sample page on a board of marks, with a deployment 7 minutes before ``UNTIL``."""
    model: dict[str, Any] = {
        "uid": "pulse-now",
        "title": "Marks",
        "panels": PANELS,
        "templating": {"list": [*VARIABLES, REGION]},
        "annotations": {"list": MARKS},
        "timezone": "utc",
        "time": {"from": "now-15m", "to": "now"},
    }
    series = dict(board.prometheus.series)
    series["final"] = [({}, lambda _seconds: 5.0)]
    series["nan"] = [({}, lambda _seconds: float("nan"))]
    series["deployed"] = [({"version": "2"}, lambda at: 1.0 if UNTIL - 440 < at < UNTIL - 400 else None)]
    for region, value in (("", 5.0), ("US", 1.0), ("GB", 9.0)):
        matched = region or ".+"
        query = WINDOW.replace("$region", matched)
        series[query] = [({}, partial(_steady, value))]
    board.prometheus.series = series
    board.prometheus.labels = {"region": ["GB", "US"], "app": ["tiktok"]}
    app = build_app({"now.json": msgspec.json.encode(model)}, {}, Address(str(board.fake.make_url(""))))
    async with serving(app, "127.0.0.1", 0, "the board") as address:
        await board.page.goto(f"{address}d/pulse-now")
        await board.page.wait_for_selector(REFRESHED)
        yield board


async def _look_back(marked: Board) -> None:
    """Open the board at the quarter of an hour that ends at ``UNTIL``."""
    address = marked.page.url.partition("?")[0]
    await marked.page.goto(f"{address}?from={(UNTIL - 900) * 1000}&to={UNTIL * 1000}")
    await marked.page.wait_for_selector(REFRESHED)


async def test_a_deployment_is_drawn_where_it_was(marked: Board) -> None:
    """A blue line over the plot's height 440 of 900 seconds before the right edge, and none elsewhere."""
    await _look_back(marked)
    there = max([await marked.page.evaluate(PIXEL, ["Closed", 1 - at / 900]) for at in range(425, 450)])
    beside = await marked.page.evaluate(PIXEL, ["Closed", 0.3])
    assert there > 0.5 > beside


async def test_a_mark_is_told_under_the_pointer(marked: Board) -> None:
    """Its text, made from its labels, stands below the values."""
    await _look_back(marked)
    over = marked.page.locator('article:has(h2:text-is("Closed")) .u-over')
    box = await over.bounding_box()
    assert box is not None
    await over.hover(position={"x": box["width"] * (1 - 420 / 900), "y": 20})
    await marked.page.wait_for_selector(".tip:not([hidden])")
    assert "v2" in await marked.page.inner_text(".tip:not([hidden])")


async def test_a_kind_of_marks_can_be_switched_off(marked: Board) -> None:
    """Switched off it is not asked for, on the next board either."""
    await marked.page.click("#view summary")
    await marked.page.uncheck('input[name="mark Deployments"]')
    marked.prometheus.asked.clear()
    await marked.page.reload()
    await marked.page.wait_for_selector(REFRESHED)
    asked = {params["query"] for path, params in marked.prometheus.asked if "query" in path}
    assert "blind" in asked
    assert "deployed" not in asked


async def test_what_can_still_change_says_so(marked: Board) -> None:
    """A panel of provisional windows has the sign, one of finals has none."""
    signs = [
        await marked.page.locator(f'article:has(h2:text-is("{title}")) .open').count()
        for title in ("Open", "Closed")
    ]
    assert signs == [1, 0]


async def test_the_newest_window_is_told_to_be_open(marked: Board) -> None:
    """Of a 1m window the last minute of the line is provisional."""
    over = marked.page.locator('article:has(h2:text-is("Open")) .u-over')
    box = await over.bounding_box()
    assert box is not None
    texts = []
    for seconds in (30, 300):
        await over.hover(position={"x": box["width"] * (1 - seconds / 900), "y": 20})
        await marked.page.wait_for_selector(".tip:not([hidden])")
        texts.append("provisional" in await marked.page.inner_text(".tip:not([hidden])"))
    assert texts == [True, False]


async def test_a_division_of_nothing_is_no_verdict(marked: Board) -> None:
    """A line of nothing but NaN is no empty box."""
    assert await marked.text("Of nothing") == "not enough for a verdict"


async def test_no_traffic_is_not_claimed_of_what_is_not_seen(marked: Board) -> None:
    """While a topic is late nobody knows whether there is traffic; that there is no history stays true."""
    assert [await marked.text(title) for title in ("Late", "Young")] == [
        "no traffic, or not yet",
        "no history yet",
    ]
    marked.prometheus.series = {
        **marked.prometheus.series,
        "blind": [({"topic": "gift"}, lambda _seconds: 400.0)],
    }
    await marked.page.reload()
    await marked.page.wait_for_selector(REFRESHED)
    said = [await marked.text(title) for title in ("Late", "Young")]
    assert said == ["too late: gift is late", "no history yet"]


async def test_a_trend_is_shown_by_region(marked: Board) -> None:
    """A small panel for each region, on one scale from 1 to 9, each from its own query."""
    await marked.page.click('article:has(h2:text-is("Open")) .panel-menu summary')
    marked.prometheus.asked.clear()
    await marked.page.click('.panel-menu[open] button:text-is("By region")')
    await marked.page.wait_for_function(
        "() => document.querySelectorAll('.multiples .chart canvas').length === 2"
    )
    assert await marked.page.locator(".multiples h3").all_text_contents() == ["GB", "US"]
    asked = {params.get("query", "") for _, params in marked.prometheus.asked}
    assert {WINDOW.replace("$region", region) for region in ("GB", "US")} <= asked
    await marked.page.click(".multiples .close")
    assert await marked.page.locator(".multiples").count() == 0


async def test_without_a_watchdog_nothing_is_claimed_of_alerts(board: Board) -> None:
    """No alert and no Watchdog: rules may not be evaluated at all."""
    board.prometheus.alerts = []
    await board.page.reload()
    await board.page.wait_for_selector(REFRESHED)
    assert "Watchdog is silent" in await board.page.inner_text("#alerts .unknown")


async def test_without_a_watchdog_no_panel_claims_that_nothing_fires(marked: Board) -> None:
    """It says that this is not known; that there is no traffic has nothing to do with rules."""
    assert await marked.text("Calm") == "nothing fires"
    marked.prometheus.alerts = []
    await marked.page.reload()
    await marked.page.wait_for_selector(REFRESHED)
    assert await marked.text("Calm") == "unknown: no rules are evaluated"
    assert await marked.text("Late") == "no traffic, or not yet"
