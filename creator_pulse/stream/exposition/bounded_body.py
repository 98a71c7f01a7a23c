"""The body of another server's answer, read up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.secret import shown

if TYPE_CHECKING:
    import aiohttp

MOST_BYTES = 64 << 20
"""Bytes of an answer: several times those of a page of metrics with 100,000 series."""


async def bounded_body(response: aiohttp.ClientResponse, most: int = MOST_BYTES) -> bytes:
    """The decompressed body.

    Args:
        response: with its headers received.
        most: maximal number of bytes.

    Raises:
        UnreachableError: it is larger.
    """
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > most:
            response.close()
            raise UnreachableError(f"{shown(str(response.url))} answers with more than {most >> 20} MiB")
    return b"".join(parts)
