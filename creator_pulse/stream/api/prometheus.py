"""The Prometheus behind the board and the API; only GET requests are sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.exposition.bounded_body import answered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.secret import Address

QUERY_TIMEOUT_SECONDS = 10
TIMEOUT = aiohttp.ClientTimeout(total=QUERY_TIMEOUT_SECONDS + 2, connect=2)
"""A little longer than the query's own time-out, so that Prometheus itself reports a slow query."""
MOST_BYTES = 16 << 20
"""Bytes of an answer."""
AT_A_TIME = 8
"""Concurrent queries."""


class Prometheus:
    """Queries one Prometheus; holds its address and the connections."""

    def __init__(self, address: Address, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session
        self._turns = asyncio.Semaphore(AT_A_TIME)

    async def get(self, path: str, params: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and JSON body of ``<address>/api/v1/<path>``, errors of Prometheus included.

        Raises:
            UnreachableError: no answer, none in time, or one that is not JSON.
        """
        url = f"{self._address.reveal().rstrip('/')}/api/v1/{path}"
        async with self._turns:
            request = self._session.get(url, params=params, timeout=TIMEOUT, allow_redirects=False)
            response, body = await answered(request, f"Prometheus at {self._address}", MOST_BYTES)
        if response.content_type != "application/json":
            raise UnreachableError(
                f"{self._address} is no Prometheus: it answered {response.status}, {response.content_type}"
            )
        return response.status, body
