"""Routes as declarations: the server serves them, the OpenAPI page describes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from creator_pulse.stream.api.asked import LATEST_MS, LIMIT, MOST, MOST_CURSOR, MOST_LABEL
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.settings import APPS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a request.

    For example, ``Parameter("limit", "Items of a page.", kind="integer", least=1, most=1_000)``.

    Attributes:
        name: as it is sent.
        help: one sentence.
        place: in the query, or in the path.
        kind: JSON type.
        words: the only values, if they are few; empty: any.
        least: minimum of a number.
        most: maximum of a number, or maximal number of a text's characters.
        pattern: regular expression of a text.
        example: a valid value.
    """

    name: str
    help: str
    place: Literal["query", "path"] = "query"
    kind: Literal["string", "integer"] = "string"
    words: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    pattern: str = ""
    example: str = ""


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
        detail: further text for callers.
        body: type of the request's body.
        is_open: whether it is answered without a token, because it reveals nothing of the business.
        reports_when_down: whether a 503 has the body of a good answer.
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
    reports_when_down: bool = False


PAGE = (
    Parameter(
        "limit",
        f"Items of a page: 1 to {MOST}, by default {LIMIT}.",
        kind="integer",
        least=1,
        most=MOST,
        example="10",
    ),
    Parameter("cursor", "`next` of the page before.", most=MOST_CURSOR, pattern="^[A-Za-z0-9_-]+$"),
)
SPAN = (
    Parameter("from", "First time, epoch ms.", kind="integer", least=0, most=LATEST_MS),
    Parameter(
        "to", "Time before which it ends, epoch ms; by default now.", kind="integer", least=1, most=LATEST_MS
    ),
)
NAME = Parameter(
    "name",
    "Id of a metric (`GI1`) or name of a value (`gift_value_usd`).",
    "path",
    most=100,
    pattern=r"^\w+$",
    example="gift_value_usd",
)
WINDOW = Parameter("window", "A window of the value, `1h`.", words=tuple(WINDOWS), example="1h")
LABELS = (
    Parameter("app", "The app; likewise any other label that the value has.", words=APPS, example="tiktok"),
    Parameter(
        "region", "The region, or `other`.", most=MOST_LABEL, pattern=r"^[A-Za-z0-9_-]+$", example="US"
    ),
)
