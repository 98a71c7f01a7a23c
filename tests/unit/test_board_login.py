"""Who may look at a board that other machines reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from creator_pulse.stream.board.login import COOKIE, LASTS_SECONDS, Door, within
from creator_pulse.stream.board.server import build_app, serving_board
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.secret import Address, Secret
from creator_pulse.stream.settings import Settings
from tests.support.board_samples import BOARDS, RUNBOOKS, fake_prometheus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "b6d1a9f0c3e2"  # noqa: S105 - of these tests alone
Client = TestClient[Any, Any]
CLOSED = ["/", "/d/pulse-now", "/runbooks/GiftDrop"]
BACKGROUND = ["/api/dashboards", "/api/label/app/values", "/api/alerts", "/api/progress", "/static/page.js"]


@pytest.fixture
def clock() -> ManualClock:
    """Of the board."""
    return ManualClock()


@pytest.fixture
async def board(clock: ManualClock) -> AsyncIterator[Client]:
    """A browser before a board with a token."""
    async with TestServer(fake_prometheus().app()) as prometheus:
        address = Address(str(prometheus.make_url("")))
        app = build_app(BOARDS, RUNBOOKS, address, door=Door(Secret(TOKEN), clock))
        async with TestClient(TestServer(app)) as client:
            yield client


async def login(board: Client, token: str = TOKEN, to: str = "/d/pulse-now") -> tuple[int, str]:
    """Status of the answer, and where it leads."""
    answer = await board.post("/login", data={"token": token, "to": to}, allow_redirects=False)
    return answer.status, answer.headers.get("Location", "")


async def status(board: Client, path: str, **headers: str) -> int:
    """Of the answer to a GET."""
    return (await board.get(path, headers=headers, allow_redirects=False)).status


@pytest.mark.parametrize("path", CLOSED)
async def test_a_page_leads_to_the_login(board: Client, path: str) -> None:
    """With the way back."""
    answer = await board.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, f"/login?to={path}")


@pytest.mark.parametrize("path", BACKGROUND)
async def test_what_a_page_asks_for_is_refused(board: Client, path: str) -> None:
    """401: a script cannot follow to a login."""
    assert await status(board, path) == 401


@pytest.mark.parametrize("path", [*CLOSED[1:], *BACKGROUND[:1]])
async def test_the_token_lets_a_browser_in(board: Client, path: str) -> None:
    """By the login, which sets a cookie that no script reads and no other site sends along with a POST."""
    assert await login(board) == (303, "/d/pulse-now")
    (cookie,) = board.session.cookie_jar
    assert (cookie.key, cookie["httponly"], cookie["samesite"]) == (COOKIE, True, "Lax")
    assert await status(board, path) == 200


@pytest.mark.parametrize("path", BACKGROUND[:1])
async def test_the_token_lets_a_program_in(board: Client, path: str) -> None:
    """As a bearer."""
    assert await status(board, path, Authorization=f"Bearer {TOKEN}") == 200


@pytest.mark.parametrize("token", ["", TOKEN[:-1], f"{TOKEN}x", "ä"])
async def test_a_wrong_token_lets_nobody_in(board: Client, token: str) -> None:
    """401, and no cookie."""
    assert (await login(board, token))[0] == 401
    assert await status(board, "/api/dashboards", Authorization=f"Bearer {token}") == 401
    assert len(list(board.session.cookie_jar)) == 0


async def test_a_cookie_runs_out(board: Client, clock: ManualClock) -> None:
    """After twelve hours."""
    await login(board)
    clock.advance(LASTS_SECONDS - 1)
    before = await status(board, "/api/dashboards")
    clock.advance(1)
    assert (before, await status(board, "/api/dashboards")) == (200, 401)


@pytest.mark.parametrize("change", ["later", "other token", "no number", "empty"])
async def test_a_made_up_cookie_lets_nobody_in(board: Client, clock: ManualClock, change: str) -> None:
    """One that ends later, that was given for another token, or that is none."""
    await login(board)
    (given,) = board.session.cookie_jar
    ends, sign = given.value.split(".")
    made_up = {
        "later": f"{int(ends) + 1}.{sign}",
        "other token": f"{ends}.{Door(Secret('x'), clock)._sign(ends)}",
        "no number": f"9e9.{sign}",
        "empty": "",
    }[change]
    board.session.cookie_jar.clear()
    assert await status(board, "/api/dashboards", Cookie=f"{COOKIE}={made_up}") == 401


@pytest.mark.parametrize(
    ("to", "leads"),
    [
        ("/d/pulse-now?from=now-1h", "/d/pulse-now?from=now-1h"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_nowhere_else(to: str, leads: str) -> None:
    """Only to paths of this server."""
    assert within(to) == leads


async def test_what_stands_in_the_way_back_is_no_markup(board: Client) -> None:
    """The login's page escapes it."""
    text = await (await board.get('/login?to=/"><script>alert(1)</script>')).text()
    assert "<script>" not in text


async def test_a_large_form_is_refused(board: Client) -> None:
    """More than 4 KiB is no token."""
    assert (await login(board, "x" * 5_000))[0] == 413


async def test_a_token_opens_the_board_under_any_name(board: Client) -> None:
    """A name can be rebound to the address, but no page of another origin has the token."""
    assert (
        await status(board, "/api/dashboards", Authorization=f"Bearer {TOKEN}", Host="board.example") == 200
    )


@pytest.mark.parametrize("path", ["/login", "/static/board.css"])
async def test_the_login_itself_is_open(board: Client, path: str) -> None:
    """It tells nothing."""
    assert await status(board, path) == 200


async def test_no_start_for_others_without_a_token() -> None:
    """The error says what to set."""
    settings = Settings(board_host="0.0.0.0", board_port=0)  # noqa: S104 - refused
    with pytest.raises(SettingsError, match="PULSE_BOARD_TOKEN"):
        async with serving_board(settings, (BOARDS, RUNBOOKS), ManualClock()):
            pass
