"""What the board sends to a browser: small, compressed, asked for once, and the chart library unchanged."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from creator_pulse.stream.board import assets
from creator_pulse.stream.board.server import STATIC, build_app
from creator_pulse.stream.secret import Address
from tests.support.board_samples import BOARDS, RUNBOOKS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Client = TestClient[Any, Any]

UPLOT = "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"
"""SHA-256 of ``dist/uPlot.iife.min.js`` in uplot 1.6.32 as npm has it."""
UPLOT_CSS = "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"
"""SHA-256 of ``dist/uPlot.min.css`` in it."""


@pytest.fixture
async def board() -> AsyncIterator[Client]:
    """A board whose Prometheus nobody asks; the client unpacks nothing by itself."""
    app = build_app(BOARDS, RUNBOOKS, Address("http://127.0.0.1:9"))
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


def test_all_scripts_are_below_300_kb_compressed() -> None:
    """What a page may load of scripts and style sheets, by gzip."""
    assert sum(len(asset.packed) for asset in assets.read(STATIC).values()) < 300_000


@pytest.mark.parametrize(("name", "digest"), [("uPlot.js", UPLOT), ("uPlot.css", UPLOT_CSS)])
def test_the_chart_library_is_the_published_one(name: str, digest: str) -> None:
    """Its bytes are those of the npm package."""
    assert hashlib.sha256((STATIC / "uplot" / name).read_bytes()).hexdigest() == digest


def test_the_licence_of_the_chart_library_lies_beside_it() -> None:
    """It is under the MIT licence, which goes where the library goes."""
    assert (STATIC / "uplot" / "LICENSE.md").read_text(encoding="utf-8").startswith("The MIT License")


def test_every_script_that_is_imported_is_there() -> None:
    """An import of a script names a file beside it."""
    own = [path for path in STATIC.rglob("*.js") if path.parent.name != "uplot"]
    named = [
        (path, path.parent / name)
        for path in own
        for name in re.findall(r'^(?:import|export) .*from "(\..+)";', path.read_text(), re.MULTILINE)
    ]
    assert len(named) > 20
    assert [(path.name, target.name) for path, target in named if not target.is_file()] == []


async def test_a_script_is_sent_compressed(board: Client) -> None:
    """For a client that takes gzip."""
    answer = await board.get("/static/page.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await answer.read()) == (STATIC / "page.js").read_bytes()


async def test_a_script_is_sent_plain_to_others(board: Client) -> None:
    """For a client that does not say that it takes gzip."""
    answer = await board.get("/static/page.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert await answer.read() == (STATIC / "page.js").read_bytes()


async def test_a_script_that_the_browser_has_is_not_sent_again(board: Client) -> None:
    """304 without a body for the tag of its content."""
    tag = (await board.get("/static/page.js")).headers["ETag"]
    answer = await board.get("/static/page.js", headers={"If-None-Match": tag})
    assert (answer.status, await answer.read()) == (304, b"")


async def test_a_script_that_has_changed_is_sent(board: Client) -> None:
    """Another tag is another content."""
    answer = await board.get("/static/page.js", headers={"If-None-Match": '"before"'})
    assert answer.status == 200


@pytest.mark.parametrize("path", ["/static/board.html", "/static/nothing.js", "/static/uplot"])
async def test_nothing_else_is_an_asset(board: Client, path: str) -> None:
    """Only scripts and style sheets are served below ``/static/``."""
    assert (await board.get(path)).status == 404
