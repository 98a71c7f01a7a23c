"""Errors of the API as problem details of RFC 9457, which say where and what to do."""

from __future__ import annotations

import msgspec
from aiohttp import web

from creator_pulse.stream.errors import PulseError

CONTENT_TYPE = "application/problem+json"
AGAIN_SECONDS = 1
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": str(AGAIN_SECONDS)}}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an error.

    Attributes:
        title: of the condition, always the same words.
        status: HTTP status.
        detail: the fault of this request.
        where: the part of the request or of the stack at fault, for example ``query.limit`` or ``redis``.
        fix: how to correct it.
        instance: path of the request.
        type: of RFC 9457; the conditions have no pages of their own.
    """

    title: str
    status: int
    detail: str
    where: str
    fix: str
    instance: str = ""
    type: str = "about:blank"


class AskedWrongError(PulseError):
    """Raised if a request cannot be answered as it is.

    Args:
        problem: the body of the answer.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def wrong(where: str, detail: str, fix: str) -> AskedWrongError:
    """A request that cannot be understood: 400."""
    return AskedWrongError(Problem(title="Bad request", status=400, detail=detail, where=where, fix=fix))


def absent(where: str, detail: str, fix: str) -> AskedWrongError:
    """A thing that does not exist: 404."""
    return AskedWrongError(Problem(title="Not found", status=404, detail=detail, where=where, fix=fix))


def unavailable(where: str, detail: str, fix: str) -> AskedWrongError:
    """A part of the stack that does not answer: 503."""
    return AskedWrongError(
        Problem(title="Part not available", status=503, detail=detail, where=where, fix=fix)
    )


def busy(what: str) -> AskedWrongError:
    """Too many concurrent requests: 503, and when to retry."""
    return AskedWrongError(
        Problem(
            title="Too many requests at a time",
            status=503,
            detail=f"{what} is asked for by too many callers at once",
            where="server",
            fix=f"ask again in {AGAIN_SECONDS} s",
        )
    )


def answer(problem: Problem, path: str) -> web.Response:
    """The problem as a response to a request for a path."""
    located = msgspec.structs.replace(problem, instance=path)
    headers = _HEADERS.get(problem.status)
    return web.Response(
        status=problem.status, body=msgspec.json.encode(located), content_type=CONTENT_TYPE, headers=headers
    )
