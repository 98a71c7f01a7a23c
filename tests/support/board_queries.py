"""Asks a board's server as its page does: many queries in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from aiohttp.test_utils import TestClient


async def asked(board: TestClient[Any, Any], *queries: dict[str, str]) -> list[dict[str, Any]]:
    """Ask a board.

    Args:
        board: client of its server.
        queries: the parameters of each; one with a step is over a range.

    Returns:
        place, status and body of each answer, in the order of the queries.
    """
    answer = await board.post("/api/queries", json=queries)
    assert answer.status == 200
    lines = [msgspec.json.decode(line) for line in (await answer.read()).splitlines()]
    return sorted(lines, key=lambda line: int(line["place"]))
