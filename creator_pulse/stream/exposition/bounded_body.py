"""The answer of another server, read up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from creator_pulse.stream.errors import UnreachableError, words
from creator_pulse.stream.secret import shown

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

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


async def answered(
    request: AbstractAsyncContextManager[aiohttp.ClientResponse], who: str, most: int
) -> tuple[aiohttp.ClientResponse, bytes]:
    """The answer to a request, and its body.

    Args:
        request: as a session makes it, not yet sent.
        who: is asked, with the address: begins the text of an error.
        most: maximal number of bytes of the body.

    Raises:
        UnreachableError: there is no answer, none in time, or a larger one.
    """
    try:
        async with request as response:
            return response, await bounded_body(response, most)
    except TimeoutError as error:
        raise UnreachableError(f"{who} did not answer in time") from error
    except aiohttp.ClientError as error:
        raise UnreachableError(f"{who} does not answer: {words(error)}") from error
