"""Tokens for Kafka: asked for once in most of their life, and never told."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.secret import Address, Secret
from creator_pulse.stream.tls import ClientTls
from creator_pulse.stream.transport.oauth_token import AskedTokens, FileTokens, TokenError
from tests.support.token_server import token_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NO_TLS = ClientTls("kafka_oauth", "", "", "", Secret())
WORD = "geheim"


def tokens(address: str, clock: ManualClock | None = None, secret: str = WORD) -> AskedTokens:
    """Asks for tokens of an endpoint."""
    return AskedTokens(Address(address), "pulse", Secret(secret), "", NO_TLS, clock or ManualClock())


@asynccontextmanager
async def answering(status: int, body: bytes) -> AsyncIterator[str]:
    """An endpoint that gives the same answer to everybody."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def fault(provider: AskedTokens | FileTokens) -> str:
    """Why there is no token."""
    with pytest.raises(TokenError) as told:
        await provider.token()
    return str(told.value.args[0])


async def test_a_token_is_used_for_four_fifths_of_its_life() -> None:
    """One of 100 s is asked for again after 80 s, and not before."""
    clock = ManualClock()
    async with token_server("pulse", WORD, "who", expires_in=100) as (address, forms):
        provider = tokens(address, clock)
        first = await provider.token()
        clock.advance(79)
        assert await provider.token() == first
        assert len(forms) == 1
        clock.advance(1)
        await provider.token()
        assert len(forms) == 2
    assert first not in repr(provider)
    assert WORD not in repr(provider)


async def test_a_refusal_names_the_settings() -> None:
    """With another secret: 401."""
    async with token_server("pulse", "another", "who") as (address, _):
        line = await fault(tokens(address))
    settings = "PULSE_KAFKA_OAUTH_CLIENT_ID, _CLIENT_SECRET or _SCOPE"
    assert line == f"PULSE_KAFKA_OAUTH_ENDPOINT: {address} refuses {settings} (401)"


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (200, b"not json geheim", "answers 200, and no token"),
        (200, b'{"token": "geheim"}', "answers 200, and no token"),
        (500, b'{"access_token": 5}', "answers 500, and no token"),
        (200, b'{"access_token": ""}', "gives no token"),
        (200, json.dumps({"access_token": "geheim\n"}).encode(), "gives no token"),
        (200, b'{"access_token": "' + b"geheim" * 20_000 + b'"}', "answers 200, and no token"),
    ],
)
async def test_an_answer_without_a_token_is_one_line(status: int, body: bytes, what: str) -> None:
    """And nothing of the answer is told: it could hold one."""
    async with answering(status, body) as address:
        assert await fault(tokens(address)) == f"PULSE_KAFKA_OAUTH_ENDPOINT: {address} {what}"


async def test_an_endpoint_that_is_away_is_one_line() -> None:
    """It says where it was asked, and that nobody answers."""
    address = f"http://127.0.0.1:{unused_port()}/"
    assert (await fault(tokens(address))).startswith(
        f"PULSE_KAFKA_OAUTH_ENDPOINT: {address} does not answer: "
    )


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff", b"x" * 65_537])
async def test_a_file_without_a_token_is_one_line(tmp_path: Path, content: bytes) -> None:
    """Empty, several lines, no text, or far too long."""
    (tmp_path / "token").write_bytes(content)
    assert await fault(FileTokens(f"{tmp_path}/token")) == (
        f"PULSE_KAFKA_OAUTH_TOKEN_FILE: {tmp_path}/token holds no token"
    )


async def test_a_file_that_is_gone_is_one_line(tmp_path: Path) -> None:
    """It was there at the start."""
    assert await fault(FileTokens(f"{tmp_path}/token")) == (
        f"PULSE_KAFKA_OAUTH_TOKEN_FILE: cannot read {tmp_path}/token: No such file or directory"
    )
