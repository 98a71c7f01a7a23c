"""Many queries in one request: a line of JSON for each answer, in the order in which they come.

A browser keeps six connections to a server and waits for one of them with each query; a board has fifty.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from creator_pulse.stream.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

MOST_QUERIES = 200
MOST_BYTES = 512 * 1024
"""Bytes of the queries together."""
_JSON = "application/json"


class _AnswerLine(msgspec.Struct):
    """One answer.

    Attributes:
        place: of the query in the request.
        status: as if it had been asked alone.
        body: the answer of Prometheus.
    """

    place: int
    status: int
    body: msgspec.Raw


class _Failed(msgspec.Struct):
    """The body of an answer that is an error, in Prometheus' words."""

    error: str
    status: str = "error"


async def read(request: web.Request) -> list[dict[str, str]]:
    """The queries of a request: a list of the parameters of each.

    Raises:
        HTTPUnsupportedMediaType: it is no JSON, as a form of a foreign page would be.
        HTTPRequestEntityTooLarge: the queries together are too long.
        HTTPBadRequest: it is no list of parameters, or there are too many.
    """
    if request.content_type != _JSON:
        raise web.HTTPUnsupportedMediaType(text=f"queries are sent as {_JSON}")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(body))
    try:
        queries = msgspec.json.decode(bytes(body), type=list[dict[str, str]])
    except msgspec.MsgspecError as error:
        raise web.HTTPBadRequest(text=f"no list of queries with their parameters: {error}") from error
    if len(queries) > MOST_QUERIES:
        raise web.HTTPBadRequest(text=f"{len(queries)} queries; at most {MOST_QUERIES} are asked at once")
    return queries


async def answer(
    request: web.Request,
    queries: Sequence[Mapping[str, str]],
    ask: Callable[[Mapping[str, str]], Awaitable[tuple[int, bytes]]],
) -> web.StreamResponse:
    """Ask all queries at once, and send each answer as soon as it is there.

    Args:
        request: that they came with.
        queries: their parameters.
        ask: gives status and body of one; an error that it raises is told in its line.
    """
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    tasks = [asyncio.create_task(_line(place, query, ask)) for place, query in enumerate(queries)]
    try:
        # A reader who has left is told nothing more.
        with suppress(ConnectionResetError):
            for task in asyncio.as_completed(tasks):
                await response.write(await task)
            await response.write_eof()
    finally:
        for each in tasks:
            each.cancel()
    return response


async def _line(
    place: int,
    query: Mapping[str, str],
    ask: Callable[[Mapping[str, str]], Awaitable[tuple[int, bytes]]],
) -> bytes:
    try:
        status, body = await ask(query)
    except web.HTTPError as error:
        status, body = error.status, msgspec.json.encode(_Failed(error.text or error.reason))
    except UnreachableError as error:
        status, body = web.HTTPBadGateway.status_code, msgspec.json.encode(_Failed(str(error)))
    # Between strings JSON may have line ends, and within them it has none.
    return msgspec.json.encode(_AnswerLine(place, status, msgspec.Raw(body.replace(b"\n", b" ")))) + b"\n"
