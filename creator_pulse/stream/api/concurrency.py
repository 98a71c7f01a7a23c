"""Turns at something that few may do at a time: a short line waits, who comes behind it is sent away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from creator_pulse.stream.api.problem import busy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class ConcurrencyLimit:
    """So many at a time.

    Args:
        what: is done, for the error.
        most: at a time.
        waiting: how many more may wait for a turn.
    """

    def __init__(self, what: str, most: int, waiting: int) -> None:
        self._what = what
        self._free = asyncio.Semaphore(most)
        self._most = most + waiting
        self._here = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A turn, for as long as the block runs.

        Raises:
            AskedWrongError: 503: too many wait already.
        """
        if self._here >= self._most:
            raise busy(self._what)
        self._here += 1
        try:
            async with self._free:
                yield
        finally:
            self._here -= 1
