"""The board in a real Chromium, drawn from a fake Prometheus."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from playwright.async_api import Page, async_playwright

from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.board import dashboards
from creator_pulse.stream.board.login import Door
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.secret import Address, Secret
from tests.support.board_samples import BOARDS, MARKUP, RUNBOOKS, fake_prometheus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Request

    from tests.support.board_prometheus import FakePrometheus

pytestmark = pytest.mark.stack

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REFRESHED = "body[data-refreshed]"
POINTS = """[...document.querySelectorAll('.panel .chart')].map((chart) => Number(chart.dataset.points))"""
STATES = "[...document.querySelectorAll('.row:not(.closed) .panel')].map((panel) => panel.dataset.state)"
FORMATTED = """async (asked) => {
    const { format } = await import('/static/units.js');
    return asked.map(([value, unit]) => format(value, unit));
}"""

LINES = """async () => {
    const { seriesColour, seriesPattern } = await import('/static/fields.js');
    const field = { custom: {} };
    return [...Array(24).keys()].map((place) => [seriesColour(field, place), seriesPattern(field, place)]);
}"""
"""Colour and pattern of the lines of a plot, by their place."""


@dataclass
class Board:
    """A page that shows the sample overview, and what it did."""

    page: Page
    address: str
    prometheus: FakePrometheus
    fake: BaseTestServer
    errors: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note errors of the console and requested addresses from now on."""
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requested.append(request.url))

    def panel(self, title: str) -> str:
        """Selector of the body of the panel with a title."""
        return f'article:has(h2:text-is("{title}")) .body'

    async def text(self, title: str) -> str:
        """What the body of a panel says."""
        return await self.page.inner_text(self.panel(title))


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    """The sample overview, drawn once."""
    prometheus = fake_prometheus()
    report = {"events_per_second": 12_500, "lag_records": 120, "verdict": "ledger agrees", "ok": True}
    chromium = shutil.which("chromium")
    assert chromium, "the stack needs Chromium: install the package chromium"
    async with TestServer(prometheus.app()) as fake, async_playwright() as playwright:
        app = build_app(BOARDS, RUNBOOKS, Address(str(fake.make_url(""))), lambda: report)
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            page = await browser.new_page(viewport={"width": 1440, "height": 1000})
            shown = Board(page, address, prometheus, fake)
            shown.watch()
            await page.goto(address)
            await page.wait_for_selector(REFRESHED)
            yield shown
            await browser.close()


async def test_every_plot_has_points(board: Board) -> None:
    """15 minutes in steps of 5 s are 180 points or more a series; the closed row asks nothing."""
    points = await board.page.evaluate(POINTS)
    assert len(points) == 1
    assert points[0] >= 4 * 180


async def test_stats_read_as_computed_by_hand(board: Board) -> None:
    """1234.5 USD is $1.23K, 0.07 is 7%, and a zero is 0."""
    assert [await board.text(title) for title in ("Earnings", "Failure share", "Zero")] == [
        "$1.23K",
        "7%",
        "0",
    ]


async def test_absent_is_not_zero(board: Board) -> None:
    """Without samples a panel says so: in its own words, or that there is no data yet."""
    assert [await board.text(title) for title in ("Absent", "Silent")] == ["no viewers", "no data yet"]


async def test_units_as_grafana_writes_them(board: Board) -> None:
    """Values in Grafana's units, each by its documented scale."""
    cases = [
        (1_500_000, "short", "1.5 Mil"),
        (-2_500, "currencyUSD", "-$2.5K"),
        (0.125, "percentunit", "12.5%"),
        (90, "s", "1.5 mins"),
        (3_600, "s", "1 hour"),
        (0.25, "s", "250 ms"),
        (0, "s", "0 s"),
        (3 * 2**20, "bytes", "3 MiB"),
        (5_000, "decbytes", "5 kB"),
        (12, "reqps", "12 req/s"),
        (1_200, "ops", "1.2 K ops/s"),
        (3_725, "dtdurations", "1 hour, 2 minutes"),
        (7, "suffix: gifts", "7  gifts"),
    ]
    asked = [[value, unit] for value, unit, _ in cases]
    assert await board.page.evaluate(FORMATTED, asked) == [text for _, _, text in cases]


async def test_how_long_ago_is_said_in_one_unit(board: Board) -> None:
    """118 s are one minute and a bit, 90,000 s a day and an hour: a column of them stays narrow."""
    ago = """async (seconds) => {
      const { format } = await import('/static/units.js');
      return seconds.map((each) => format(Date.now() - 1000 * each, 'dateTimeFromNow'));
    }"""
    assert await board.page.evaluate(ago, [118, 90_000]) == ["1 minute ago", "1 day ago"]


async def test_what_is_no_number_has_a_word_and_no_bar(board: Board) -> None:
    """A guardrail without history: a bar from edge to edge would say that it is passed."""
    drawn = """async () => {
      const { draw } = await import('/static/panels/table.js');
      const custom = { cellOptions: { type: 'gauge' } };
      const mappings = [{ type: 'special', options: { match: 'nan', result: { text: 'no history yet' } } }];
      const series = [NaN, 0.5].map((value, at) => ({ labels: { app: `${at}` }, points: [[0, value]] }));
      const body = document.createElement('div');
      draw(body, { fieldConfig: { defaults: { custom, mappings, unit: 'percentunit' } } }, series, {});
      return [...body.querySelectorAll('tbody tr')].map((row) => [
        row.lastChild.textContent, row.querySelectorAll('.way').length,
      ]);
    }"""
    assert await board.page.evaluate(drawn) == [["no history yet", 0], ["50%", 1]]


async def test_lines_of_a_plot_are_told_apart(board: Board) -> None:
    """Eight colours are whole lines, then dots, then dashes and dots: 24 lines, none as another."""
    lines = [tuple(line) for line in await board.page.evaluate(LINES)]
    assert [pattern for _, pattern in lines] == ["solid"] * 8 + ["dot"] * 8 + ["dashdot"] * 8
    assert len(set(lines)) == 24


async def test_alerts_are_on_top_by_severity(board: Board) -> None:
    """Critical, warning, pending; the Watchdog is the heartbeat and no alert."""
    states = await board.page.locator("#alerts .state").all_text_contents()
    names = await board.page.locator("#alerts strong").all_text_contents()
    assert (states, names) == (["critical", "warning", "pending"], ["GiftDrop", "LagHigh", "AdDrop"])
    assert await board.page.get_attribute("#heartbeat", "class") == "dot alive"


async def test_alert_leads_to_its_runbook(board: Board) -> None:
    """The link of an alert opens its runbook."""
    await board.page.click("#alerts .alert.critical a")
    await board.page.wait_for_selector(".runbook")
    assert await board.page.inner_text(".runbook h1") == "GiftDrop"


async def test_no_alert_is_said_in_so_many_words(board: Board) -> None:
    """With the Watchdog alone the board says that nothing fires."""
    board.prometheus.alerts = board.prometheus.alerts[:1]
    await board.page.reload()
    assert await board.page.inner_text("#alerts .calm") == "No alerts firing"


def queries_of(request: Request) -> list[dict[str, str]]:
    """The queries of Prometheus that a request of the page holds."""
    return msgspec.json.decode(request.post_data or "[]", type=list[dict[str, str]])


async def test_chosen_variable_goes_into_the_query(board: Board) -> None:
    """A chosen app replaces the .+ of All, and stands in the address."""
    async with board.page.expect_request(lambda request: "tiktok" in (request.post_data or "")) as asked:
        await board.page.select_option("select[name=app]", "tiktok")
    assert 'gifts{app=~"tiktok"}[20s]' in str(queries_of(await asked.value))
    assert "var-app=tiktok" in board.page.url


async def test_chosen_range_goes_into_the_query(board: Board) -> None:
    """24 hours in at most 300 points are steps of 300 seconds, and the rate spans one and a scrape."""
    async with board.page.expect_request(lambda request: "rate" in (request.post_data or "")) as asked:
        await board.page.select_option("select[name=range]", "86400")
    steps = {query["step"] for query in queries_of(await asked.value) if "[305s]" in query["query"]}
    assert steps == {"300"}


async def test_closed_row_opens_on_click(board: Board) -> None:
    """A collapsed row draws its panels once it is opened."""
    await board.page.click("text=Can I trust this?")
    await board.page.wait_for_selector('article:has(h2:text-is("Hidden"))[data-state=drawn]')
    assert min(await board.page.evaluate(POINTS)) > 0


async def test_table_joins_values_of_one_label_set(board: Board) -> None:
    """Two queries meet in one row a region, under the names the board gives them."""
    head = await board.page.locator(f"{board.panel('Regions')} th").all_text_contents()
    rows = await board.page.locator(f"{board.panel('Regions')} tbody tr").count()
    assert (head, rows) == (["region", "Gifts", "Lag"], 4)


async def test_data_never_becomes_markup(board: Board) -> None:
    """A label value with an image tag is shown as text everywhere."""
    assert await board.page.locator("img").count() == 0
    assert MARKUP in await board.text("Gifts by region")


async def test_failed_query_is_said_in_its_panel(board: Board) -> None:
    """A broken panel shows Prometheus's words; the panel beside it is drawn."""
    await board.page.click("nav >> text=Pipeline")
    await board.page.wait_for_selector(REFRESHED)
    await board.page.wait_for_selector("[data-state=failed]")
    assert await board.text("Broken") == "query failed: unclosed left parenthesis"
    assert min(await board.page.evaluate(POINTS)) > 0


async def test_generated_boards_are_drawn_whole(board: Board) -> None:
    """Every panel of every generated dashboard is drawn from a series of its own."""
    board.prometheus.otherwise = [({"app": "tiktok", "topic": "gift"}, lambda _t: 1.0)]
    boards = generated("dashboards")
    uids = dashboards.read(boards)
    assert uids
    app = build_app(boards, generated("runbooks"), Address(str(board.fake.make_url(""))))
    async with serving(app, "127.0.0.1", 0, "the board") as address:
        for uid in uids:
            await board.page.goto(f"{address}d/{uid}")
            await board.page.wait_for_selector(REFRESHED)
            states = await board.page.evaluate(STATES)
            assert set(states) == {"drawn"}, f"{uid}: {states}"
    assert board.errors == []


async def test_clicks_lead_from_a_signal_to_who_explains_it_and_on_to_the_api(board: Board) -> None:
    """Each keeps the time; the signal is chosen on the way, and the address of the API is known."""
    place = {"app": "tiktok", "signal": "gift_value", "region": "all", "what": "gift rose"}
    board.prometheus.otherwise = [(place, lambda _t: 1.0)]
    board.prometheus.labels = {"app": ["tiktok"], "region": ["US"], "signal": ["gift_value", "gifts"]}

    async def explain(_request: web.Request) -> web.Response:
        return web.Response(text="explained")

    asked = web.Application()
    asked.router.add_get("/v1/explain", explain)
    async with TestServer(asked) as api:
        boards = generated("dashboards", Site(api=str(api.make_url("")).rstrip("/")))
        app = build_app(boards, {}, Address(str(board.fake.make_url(""))))
        async with serving(app, "127.0.0.1", 0, "the board") as address:
            page = board.page
            await page.goto(f"{address}d/pulse-tool-gift?from=1760000000000&to=1760003600000&var-app=tiktok")
            await page.click('article:has(h2:text-is("Gift value per minute vs expected")) >> text=Where')
            await page.wait_for_selector(REFRESHED)
            where = parse_qs(urlsplit(page.url).query)
            assert urlsplit(page.url).path == "/d/pulse-where"
            assert (where["from"], where["to"]) == (["1760000000000"], ["1760003600000"])
            assert (where["var-app"], where["var-signal"]) == (["tiktok"], ["gift_value"])
            await page.click(
                'article:has(h2:text-is("Contributors, by signal and app")) td >> text=gift rose'
            )
            await page.wait_for_selector("text=explained")
            assert urlsplit(page.url).path == "/v1/explain"
            assert parse_qs(urlsplit(page.url).query) == {
                "signal": ["gift_value"],
                "app": ["tiktok"],
                "at": ["1760003600000"],
            }


async def test_nothing_fails_and_nothing_leaves_the_origin(board: Board, tmp_path: Path) -> None:
    """Drawing and hovering gives no console error, and every request goes to the board's own server."""
    await board.page.hover(".chart .u-over")
    await board.page.wait_for_selector(".chart .tip b")
    await board.page.screenshot(path=tmp_path / "board.png", full_page=True)
    assert board.errors == []
    assert [url for url in board.requested if not url.startswith(board.address)] == []
    assert (tmp_path / "board.png").stat().st_size > 20_000


async def test_prometheus_down_is_said_and_tried_again(board: Board) -> None:
    """Without Prometheus the page says so and claims nothing about alerts."""
    await board.fake.close()
    await board.page.wait_for_selector("#trouble:not([hidden])", timeout=15_000)
    assert "does not answer" in await board.page.inner_text("#trouble")
    assert await board.page.inner_text("#alerts") == "Alerts unknown"


async def test_a_board_with_a_token_is_opened_by_its_login(board: Board) -> None:
    """A wrong token stays outside; the right one leads to the page that was asked for, which draws itself."""
    page, door = board.page, Door(Secret("right"), SystemClock())
    app = build_app(BOARDS, RUNBOOKS, Address(str(board.fake.make_url(""))), door=door)
    async with serving(app, "127.0.0.1", 0, "the board") as address:
        await page.goto(f"{address}d/pulse-pipeline")
        await page.fill("input[name=token]", "wrong")
        await page.click("button")
        await page.wait_for_selector("text=That is not the text of PULSE_BOARD_TOKEN.")
        await page.fill("input[name=token]", "right")
        await page.click("button")
        await page.wait_for_selector(REFRESHED)
        assert page.url.startswith(f"{address}d/pulse-pipeline")
