"""What the tests of boards share: each board as generated, and its expressions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.monitoring.build import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def _boards() -> dict[str, Json]:
    return {
        name.split("/")[1]: json.loads(content)
        for name, content in generate().items()
        if name.startswith("dashboards/")
    }


def panels_of(board: Json) -> Iterator[Json]:
    """All panels of a board, row by row, whether or not their row is closed."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels") or ()
        else:
            yield panel


@pytest.fixture(scope="session")
def boards() -> dict[str, Json]:
    """File name -> board."""
    return _boards()


@pytest.fixture(params=list(_boards()))
def board(request: pytest.FixtureRequest, boards: dict[str, Json]) -> Json:
    """Each board in turn."""
    return boards[request.param]


@pytest.fixture
def panels(board: Json) -> list[Json]:
    """The panels of a board, without its rows; those of closed rows among them."""
    return list(panels_of(board))


@pytest.fixture(scope="session")
def expressions(boards: dict[str, Json]) -> list[str]:
    """Every query of every board, its annotations and variables, with macros and variables filled in."""
    expressions: list[str] = []
    for board in boards.values():
        expressions += [target["expr"] for panel in panels_of(board) for target in panel["targets"]]
        expressions += [mark["expr"] for mark in board["annotations"]["list"]]
        queries = [item["query"]["query"] for item in board["templating"]["list"] if item["type"] == "query"]
        expressions += [query.removeprefix("label_values(").rsplit(",", 1)[0] for query in queries]
    values = {"$__rate_interval": "1m", "$app": "tiktok", "$region": "US", "$topic": "gift"}
    values |= {"$severity": "critical", "$__range_s": "900", "$__range": "15m"}
    for name, value in values.items():
        expressions = [expr.replace(name, value) for expr in expressions]
    return expressions
