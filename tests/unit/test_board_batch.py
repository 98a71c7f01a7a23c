"""Many queries to the board in one request: each has its own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request, unused_port

from creator_pulse.stream.board.batch import MOST_BYTES, MOST_QUERIES, answer
from creator_pulse.stream.board.login import Door
from creator_pulse.stream.board.server import build_app
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.secret import Address, Secret
from tests.support.board_queries import asked
from tests.support.board_samples import BOARDS, RUNBOOKS, fake_prometheus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Client = TestClient[Any, Any]
ZERO = {"query": "zero", "time": "1000"}
RANGE = {"query": "zero", "start": "1000", "end": "1600", "step": "60"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def board() -> AsyncIterator[Client]:
    """A board with a Prometheus behind it."""
    async with TestServer(fake_prometheus().app()) as prometheus:
        app = build_app(BOARDS, RUNBOOKS, Address(str(prometheus.make_url(""))))
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_each_query_has_its_answer_at_its_place(board: Client) -> None:
    """One of a moment has a value, one over a range of 600 seconds in steps of 60 has 11."""
    lines = await asked(board, ZERO, RANGE)
    assert [(line["place"], line["status"]) for line in lines] == [(0, 200), (1, 200)]
    moment, over_range = (line["body"]["data"]["result"][0] for line in lines)
    assert moment["value"] == [1000.0, "0.0"]
    assert len(over_range["values"]) == 11


async def test_what_no_board_asks_is_refused_and_the_others_are_answered(board: Client) -> None:
    """403, before anything is asked of Prometheus."""
    foreign, over_range, own = await asked(board, ZERO | {"query": "up"}, RANGE | {"query": "up"}, ZERO)
    assert (foreign["status"], over_range["status"], own["status"]) == (403, 403, 200)
    assert foreign["body"]["error"] == "no board asks this; ask Prometheus itself"


async def test_a_query_out_of_bounds_says_so(board: Client) -> None:
    """An unknown parameter is named."""
    steps, unknown = await asked(board, RANGE | {"step": "0"}, ZERO | {"stats": "all"})
    assert (steps["status"], unknown["status"]) == (400, 400)
    assert "step must be at least 1 second" in steps["body"]["error"]
    assert "'stats'" in unknown["body"]["error"]


async def test_what_prometheus_refuses_is_told_in_its_words(board: Client) -> None:
    """An error of one query is its own."""
    broken, own = await asked(board, ZERO | {"query": "broken("}, ZERO)
    assert (broken["status"], own["status"]) == (400, 200)
    assert broken["body"]["status"] == "error"


async def test_without_prometheus_each_query_says_so() -> None:
    """502, as alone."""
    app = build_app(BOARDS, RUNBOOKS, Address(f"http://127.0.0.1:{unused_port()}"))
    async with TestClient(TestServer(app)) as client:
        lines = await asked(client, ZERO, RANGE)
    assert [line["status"] for line in lines] == [502, 502]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        # What a form of a foreign page can send without asking first.
        (b"[]", {"Content-Type": "text/plain"}, 415),
        (b"{}", JSON, 400),
        (b'[{"query": 5}]', JSON, 400),
        (msgspec.json.encode([ZERO] * (MOST_QUERIES + 1)), JSON, 400),
        (b" " * (MOST_BYTES + 1), JSON, 413),
    ],
)
async def test_what_is_no_list_of_queries_is_refused(
    board: Client, body: bytes, headers: dict[str, str], status: int
) -> None:
    """As a whole, before anything is asked."""
    answer = await board.post("/api/queries", data=body, headers=headers)
    assert answer.status == status
    assert (await answer.json())["status"] == "error"


async def test_a_reader_who_leaves_is_no_error() -> None:
    """The connection is closed before an answer is there: the request ends, and nothing is raised."""

    async def ask(_query: Mapping[str, str]) -> tuple[int, bytes]:
        return 200, b"{}"

    writer = Mock(write_headers=AsyncMock(), write=AsyncMock(side_effect=ConnectionResetError))
    await answer(make_mocked_request("POST", "/", writer=writer), [ZERO], ask)
    assert writer.write.await_count == 1


async def test_queries_want_the_token_too() -> None:
    """A board with a door lets nobody ask in a crowd either."""
    door = Door(Secret("a long random text, really"), ManualClock())
    app = build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9"), door=door)
    async with TestClient(TestServer(app)) as client:
        assert (await client.post("/api/queries", json=[ZERO])).status == 401
