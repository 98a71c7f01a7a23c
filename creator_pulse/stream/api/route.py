"""A route as a declaration: the server serves it, the OpenAPI page describes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a request.

    Attributes:
        name: as it is sent.
        help: one sentence.
        place: in the query, or in the path.
        kind: JSON type.
        words: the only values, where there are few.
    """

    name: str
    help: str
    place: Literal["query", "path"] = "query"
    kind: Literal["string", "integer"] = "string"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    Attributes:
        method: HTTP method.
        path: with ``{name}`` for path parameters.
        handler: answers it.
        summary: one sentence.
        answer: type of the body of a good answer.
        parameters: of the request.
        detail: what a caller must know besides.
        body: type of the request's body.
        is_open: whether it is answered without a token: it tells nothing of the business.
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    summary: str
    answer: type
    parameters: tuple[Parameter, ...] = ()
    detail: str = ""
    body: type | None = None
    is_open: bool = False


PAGE = (
    Parameter("limit", "Items of a page: 1 to 1000, by default 100.", kind="integer"),
    Parameter("cursor", "`next` of the page before."),
)
SPAN = (
    Parameter("from", "First time, epoch ms.", kind="integer"),
    Parameter("to", "Time before which it ends, epoch ms; by default now.", kind="integer"),
)
NAME = Parameter("name", "Id of a metric (`GI1`) or name of a value (`gift_value_usd`).", "path")
WINDOW = Parameter("window", "A window of the value, `1h`.")
LABELS = Parameter("app", "Any label of the value (`app`, `region`, ...): the only one to show.")


def query_names(route: Route) -> frozenset[str]:
    """Names of the query parameters."""
    return frozenset(one.name for one in route.parameters if one.place == "query")
