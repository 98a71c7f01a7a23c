"""A limit of concurrent operations with a short queue; what would not fit into the queue is refused."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from creator_pulse.stream.api.problem import busy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class ConcurrencyLimit:
    """Lets ``most`` operations run at a time, and ``waiting`` more wait.

    Args:
        what: name of the operation, for the error.
        most: concurrent operations, >= 1.
        waiting: length of the queue, >= 0.
    """

    def __init__(self, what: str, most: int, waiting: int) -> None:
        self._what = what
        self._free = asyncio.Semaphore(most)
        self._most = most + waiting
        self._here = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Run the block as one of the operations.

        Raises:
            AskedWrongError: 503: the queue is full.
        """
        # Counted are those that run and those that wait; no await stands between the check and the count.
        if self._here >= self._most:
            raise busy(self._what)
        self._here += 1
        try:
            async with self._free:
                yield
        finally:
            self._here -= 1
