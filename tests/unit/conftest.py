"""What the tests of the API share; a file that wants more behind it has a ``bench`` of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.api_bench import Bench, Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def bench() -> Bench:
    """Nothing is published, stated or open yet."""
    return Bench()


@pytest.fixture
async def api(bench: Bench) -> AsyncIterator[Client]:
    """A client of the API, which asks for no token."""
    async with bench.client() as client:
        yield client
