"""Shares are never added up: those of two apps would come to more than everything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.monitoring.build import generate
from tests.boards.conftest import panels_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUMMED = re.compile(r"sum(?: by \([^)]*\))? ?\((?:max by \([^)]*\) )?\(?pulse_\w+_ratio\{")


@pytest.fixture(scope="module")
def boards() -> Mapping[str, list[str]]:
    """Name of a board -> its queries."""
    return {
        path: [target["expr"] for panel in panels_of(json.loads(text)) for target in panel["targets"]]
        for path, text in generate().items()
        if path.endswith(".json") and "dashboards/" in path
    }


def test_no_board_adds_shares_up(boards: Mapping[str, list[str]]) -> None:
    """No query sums a series that is a ratio."""
    assert sum(map(len, boards.values())) > 100
    assert [query for queries in boards.values() for query in queries if _SUMMED.search(query)] == []
