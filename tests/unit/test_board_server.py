"""The board's server: its paths, what it lets through to Prometheus, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port

from creator_pulse.stream.api.hosts import is_own_host
from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.errors import SettingsError, StackError
from creator_pulse.stream.secret import Address
from tests.support.board_queries import asked
from tests.support.board_samples import BOARDS, RUNBOOKS, fake_prometheus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.board_prometheus import FakePrometheus

Client = TestClient[Any, Any]


@pytest.fixture
def fake() -> FakePrometheus:
    """A Prometheus with the samples' series."""
    return fake_prometheus()


@pytest.fixture
async def board(fake: FakePrometheus) -> AsyncIterator[Client]:
    """A board with two dashboards, one runbook and a Prometheus behind it."""
    async with TestServer(fake.app()) as prometheus:
        app = build_app(BOARDS, RUNBOOKS, Address(str(prometheus.make_url(""))), lambda: {"lag_records": 3})
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_root_leads_to_the_overview(board: Client) -> None:
    """GET / redirects to the overview."""
    answer = await board.get("/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/d/pulse-now")


async def test_page_of_a_board_is_html(board: Client) -> None:
    """A known uid has a page."""
    answer = await board.get("/d/pulse-now")
    assert (answer.status, answer.content_type) == (200, "text/html")


async def test_unknown_board_is_named_and_the_known_are_listed(board: Client) -> None:
    """An unknown uid is 404, with the uids there are."""
    answer = await board.get("/d/nothing")
    assert answer.status == 404
    assert await answer.text() == "no board 'nothing'; there are: pulse-now, pulse-pipeline"


async def test_list_gives_uid_and_title(board: Client) -> None:
    """The list has each dashboard once, by file name."""
    listed = await (await board.get("/api/dashboards")).json()
    assert [board["uid"] for board in listed] == ["pulse-now", "pulse-pipeline"]
    assert listed[0]["title"] == "Creator Pulse / Overview"


async def test_dashboard_is_served_as_it_was_written(board: Client) -> None:
    """The JSON is the file's."""
    served = await (await board.get("/api/dashboards/pulse-pipeline")).json()
    assert served["title"] == "Creator Pulse / Pipeline"
    assert len(served["panels"]) == 4


def test_broken_dashboard_file_is_named() -> None:
    """A file that is no dashboard is an error that names it."""
    with pytest.raises(SettingsError, match=r"broken\.json is not a dashboard"):
        build_app(BOARDS | {"broken.json": b"[]"}, RUNBOOKS, Address("http://127.0.0.1:9"))


async def test_instant_query_reaches_prometheus(board: Client, fake: FakePrometheus) -> None:
    """Query and time go through, with a timeout added, and the answer comes back unchanged."""
    (answer,) = await asked(board, {"query": "earnings", "time": "1000"})
    assert answer["body"]["data"]["result"] == [{"metric": {}, "value": [1000.0, "1234.5"]}]
    assert fake.asked == [("/api/v1/query", {"query": "earnings", "timeout": "10s", "time": "1000.0"})]


@pytest.mark.parametrize(
    "odd",
    [
        {"start": "0", "end": "2678401", "step": "3600"},
        {"start": "0", "end": "2001", "step": "1"},
        {"step": "0.5"},
        {"start": "10", "end": "0", "step": "1"},
        {"start": "nan"},
        {"end": "inf"},
        {"query": ""},
        {"query": "x" * 8193},
    ],
    ids=["longer than 31 days", "over 2000 points", "step", "backwards", "nan", "inf", "empty", "long"],
)
async def test_range_out_of_bounds_is_refused_unasked(
    board: Client, fake: FakePrometheus, odd: dict[str, str]
) -> None:
    """What is out of bounds is 400 and never reaches Prometheus."""
    (answer,) = await asked(board, {"query": "zero", "start": "0", "end": "10", "step": "1"} | odd)
    assert (answer["status"], fake.asked) == (400, [])


async def test_errors_have_prometheus_shape(board: Client) -> None:
    """An error of the board looks like one of Prometheus, so that the page reads both alike."""
    answer = await (await board.get("/api/label/app/values?match[]=gifts&match[]=gifts")).json()
    assert (answer["status"], answer["errorType"]) == ("error", "bad_data")


async def test_a_query_without_its_text_is_refused(board: Client) -> None:
    """400, and what is missing."""
    (answer,) = await asked(board, {"time": "1000"})
    assert (answer["status"], answer["body"]["error"]) == (400, "the parameter query is missing")


async def test_error_of_prometheus_comes_through(board: Client) -> None:
    """Status and text are Prometheus's own."""
    (answer,) = await asked(board, {"query": "broken(", "time": "1"})
    assert (answer["status"], answer["body"]["error"]) == (400, "unclosed left parenthesis")


async def test_unreachable_prometheus_is_502() -> None:
    """Without Prometheus the board answers, and says so."""
    app = build_app(BOARDS, RUNBOOKS, Address(f"http://127.0.0.1:{unused_port()}"))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/api/alerts")
        assert answer.status == 502
        assert "does not answer" in (await answer.json())["error"]


async def test_a_server_that_is_no_prometheus_is_502() -> None:
    """An answer that is not JSON is not passed on."""
    async with TestServer(build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9"))) as other:
        app = build_app(BOARDS, RUNBOOKS, Address(str(other.make_url("/d/pulse-now#"))))
        async with TestClient(TestServer(app)) as client:
            answer = await client.get("/api/alerts")
            assert answer.status == 502
            assert "is no Prometheus" in (await answer.json())["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/query",
        "/api/query?query=zero",
        "/api/admin/tsdb/delete_series",
        "/api/label/a%2F..%2F..%2Fstatus/values",
        "/api/series",
    ],
)
async def test_no_other_way_leads_to_prometheus(board: Client, fake: FakePrometheus, path: str) -> None:
    """Only the listed questions can be asked."""
    answer = await board.get(path)
    assert answer.status in {400, 404}
    assert fake.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_get_is_allowed(board: Client, method: str) -> None:
    """Nothing can be sent to the board."""
    answer = await board.request(method, "/api/alerts")
    assert answer.status == 405


async def test_progress_is_the_callbacks(board: Client) -> None:
    """The header's report is what the callback gives."""
    assert await (await board.get("/api/progress")).json() == {"lag_records": 3}


async def test_runbook_is_html_with_its_markup_escaped(board: Client) -> None:
    """Markdown is rendered; HTML in it stays text."""
    text = await (await board.get("/runbooks/GiftDrop")).text()
    assert "<h2>Meaning</h2>" in text
    assert "&lt;script&gt;the usual&lt;/script&gt;" in text


@pytest.mark.parametrize(
    "path",
    ["/runbooks/..%2F..%2Fpyproject", "/runbooks/Nothing", "/static/..%2Fserver.py", "/static/../server.py"],
)
async def test_no_path_leads_out_of_the_folders(board: Client, path: str) -> None:
    """Only files of the named folders are served."""
    answer = await board.get(path)
    assert answer.status in {403, 404}


@pytest.mark.parametrize("path", ["/static/page.js", "/static/uplot/uPlot.js", "/api/dashboards", "/d/x"])
async def test_every_answer_has_the_security_headers(board: Client, path: str) -> None:
    """Files and errors carry the policy too, which allows this origin only."""
    headers = (await board.get(path)).headers
    assert "default-src 'none'; script-src 'self';" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_foreign_host_header_is_refused(board: Client) -> None:
    """A name that was rebound to this address gets nothing."""
    answer = await board.get("/api/dashboards", headers={"Host": "evil.example:8080"})
    assert answer.status == 421


@pytest.mark.parametrize(
    ("header", "hosts", "own"),
    [
        ("localhost:8080", set(), True),
        ("127.0.0.1", set(), True),
        ("[::1]:8080", set(), True),
        ("board.internal:8080", {"board.internal"}, True),
        ("board.internal:8080", {"127.0.0.1"}, False),
        ("192.0.2.7:8080", {"127.0.0.1"}, False),
        ("192.0.2.7:8080", {"0.0.0.0"}, True),  # noqa: S104
        ("evil.example", {"0.0.0.0"}, False),  # noqa: S104
        ("localhost.evil.example", set(), False),
        ("", {"0.0.0.0"}, False),  # noqa: S104
        ("[", set(), False),
    ],
)
def test_own_hosts(header: str, hosts: set[str], own: bool) -> None:
    """Local names, the bound one, and any address where bound to all; nothing else."""
    assert is_own_host(header, hosts) is own


async def test_serving_gives_an_address_that_answers() -> None:
    """Port 0 takes a free one, and the given address serves the board."""
    async with (
        serving(
            build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9")), "127.0.0.1", 0, "the board"
        ) as address,
        aiohttp.ClientSession() as session,
        session.get(address) as answer,
    ):
        assert (answer.status, answer.url.path) == (200, "/d/pulse-now")


async def test_taken_port_is_said() -> None:
    """A port in use is an error that names it."""
    async with TestServer(build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9"))) as other:
        port = other.port or 0
        with pytest.raises(StackError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with serving(
                build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9")), "127.0.0.1", port, "the board"
            ):
                pass
