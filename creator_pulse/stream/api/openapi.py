"""The OpenAPI document of the routes, and the same as a page."""

from __future__ import annotations

from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.api.problem import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.api.route import Parameter, Route

_REF = "#/components/schemas/{name}"
_DETAIL = (
    "Read-only but for verdicts. Times are epoch milliseconds UTC, shares 0 to 1. "
    "Pages have at most 1000 items; `next` is the cursor of the next one. "
    "Errors are problem details (RFC 9457) with `where` and `fix`."
)
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "code{background:#f1f3f5;padding:.1rem .3rem;border-radius:.2rem}"
    "h2{font-size:1.05rem;margin:2rem 0 .3rem;border-top:1px solid #d5dae0;padding-top:1rem}"
    "td{padding:.1rem 1rem .1rem 0;vertical-align:top}"
)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    bodies = [route.body for route in routes if route.body is not None]
    types = list(dict.fromkeys([*(route.answer for route in routes), *bodies, Problem]))
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Creator Pulse", "version": version("creator-pulse"), "description": _DETAIL},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    good = "201" if route.method == "POST" else "200"
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "parameters": [_parameter(parameter) for parameter in route.parameters],
        "responses": {
            good: {"description": "The answer.", "content": _content("application/json", route.answer)},
            "default": {"description": "What was wrong.", "content": _content(CONTENT_TYPE, Problem)},
        },
        # Without a token in the settings nothing is asked for.
        "security": [{}] if route.is_open else [{"token": []}, {}],
    }
    if route.reports_when_down:
        unavailable = _content("application/json", route.answer) | _content(CONTENT_TYPE, Problem)
        operation["responses"]["503"] = {"description": "A part does not answer.", "content": unavailable}
    if route.detail:
        operation["description"] = route.detail
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content("application/json", route.body)}
    return operation


def _content(kind: str, body: type) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": _REF.format(name=body.__name__)}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    is_number = parameter.kind == "integer"
    schema: dict[str, Any] = {"type": parameter.kind}
    bounds = {
        "enum": list(parameter.words),
        "minimum" if is_number else "minLength": parameter.least if is_number else 1,
        "maximum" if is_number else "maxLength": parameter.most,
        "pattern": parameter.pattern,
    }
    schema |= {name: value for name, value in bounds.items() if value not in (None, "", [])}
    described: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.help,
        "schema": schema,
    }
    if parameter.example:
        described["example"] = int(parameter.example) if is_number else parameter.example
    return described


def html(routes: Sequence[Route]) -> str:
    """The routes as a page for people; it needs no script."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Creator Pulse API</title>",
        f"<style>{_STYLE}</style><h1>Creator Pulse API</h1>",
        f"<p>{_inline(_DETAIL)} As data: <a href=/openapi.json>openapi.json</a>.",
    ]
    for route in routes:
        parts.append(f"<h2><code>{route.method} {escape(route.path)}</code></h2>")
        parts.append(f"<p>{_inline(f'{route.summary} {route.detail}')}")
        rows = [
            f"<tr><td><code>{escape(parameter.name)}</code><td>{parameter.place}<td>{_inline(parameter.help)}"
            for parameter in route.parameters
        ]
        if rows:
            parts.append(f"<table>{''.join(rows)}</table>")
    return "\n".join(parts) + "\n"


def _inline(text: str) -> str:
    """Text as HTML, with the parts between backticks as code."""
    # Backticks come in pairs, so every second piece, at an odd index, stands between two of them.
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
