"""One page at a time: concurrent callers, and those soon after, share the last one."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH_SECONDS = 0.5
"""How long a page is shared at least."""
FRESH_TIMES = 4.0
"""And for this multiple of the time that it took to write: so writing takes a fifth of one core at most."""
ANSWERS_PER_SECOND = 40.0
"""Rate at which callers get a page; others wait for their turn, first come, first served."""
# Compression level: the library's default, 9, takes ten times the CPU and saves a fifth of the bytes.
_FAST = 1


@dataclass(slots=True)
class _Written:
    """A page.

    Attributes:
        body: uncompressed.
        state: of the worker when writing began.
        until: time of the event loop, s, until which it may be shared.
        packed: the body with gzip, once it was requested.
    """

    body: bytes
    state: object
    until: float
    packed: bytes | None = None


class SharedPage:
    """Shares the last page of each format; pages are written and compressed in the loop's executor.

    Args:
        write: writes the page of a format.
        state: a page is shared only while this is unchanged: after a rebalance, the last page would have
            series that another worker exposes by then.
    """

    def __init__(self, write: Callable[[str], bytes], state: Callable[[], object] = lambda: None) -> None:
        self._write = write
        self._state = state
        self._last: dict[str, _Written] = {}
        self._writing = asyncio.Lock()
        self._turns = asyncio.Lock()
        self._turn_at = float("-inf")

    async def get(self, form: str, *, packed: bool) -> bytes:
        """A page that is fresh enough.

        Args:
            form: the format; there must be few, because a page is kept of each.
            packed: whether to compress the page with gzip.
        """
        await self._turn()
        async with self._writing:
            page = await self._fresh(form)
            if not packed:
                return page.body
            if page.packed is None:
                page.packed = await asyncio.get_running_loop().run_in_executor(None, _pack, page.body)
            return page.packed

    async def _fresh(self, form: str) -> _Written:
        loop = asyncio.get_running_loop()
        page, state, began = self._last.get(form), self._state(), loop.time()
        if page is None or page.state != state or page.until <= began:
            body = await loop.run_in_executor(None, self._write, form)
            ended = loop.time()
            # A page that was slow to write is shared for longer, so that writing cannot take all the CPU.
            until = ended + max(FRESH_SECONDS, FRESH_TIMES * (ended - began))
            page = self._last[form] = _Written(body, state, until)
        return page

    async def _turn(self) -> None:
        """Wait in line; a caller that gives up takes no turn."""
        async with self._turns:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(self._turn_at - loop.time())
            # The lock is held while one waits, so turns are at least this far apart.
            self._turn_at = loop.time() + 1 / ANSWERS_PER_SECOND


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _FAST, mtime=0)
