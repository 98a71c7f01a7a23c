"""Parameters of queries to Prometheus: no unknown ones, a bounded range, few points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aiohttp import web

from creator_pulse.stream.api.prometheus import QUERY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from multidict import MultiMapping

INSTANT, RANGE = frozenset({"query", "time"}), frozenset({"query", "start", "end", "step"})
VALUES = frozenset({"match[]"})
MAX_QUERY_CHARS = 8_192
MAX_RANGE_SECONDS = 31 * 86_400
MAX_POINTS = 2_000
"""Points of one series; no panel has pixels for more."""


def _once(parameters: MultiMapping[str], allowed: frozenset[str]) -> None:
    """Refuse unknown and repeated parameters.

    Raises:
        HTTPBadRequest: names the parameter.
    """
    # Its keys leave out what comes again; its items do not.
    names = [name for name, _ in parameters.items()]
    for name in names:
        if name not in allowed or names.count(name) > 1:
            listed = ", ".join(sorted(allowed))
            raise web.HTTPBadRequest(
                text=f"{name[:40]!r} is given twice, or is no parameter; there are {listed}"
            )


def instant(parameters: MultiMapping[str]) -> dict[str, str]:
    """The parameters of an instant query: ``query`` and, if given, ``time``.

    Raises:
        HTTPBadRequest: a parameter is missing, too long or no number.
    """
    _once(parameters, INSTANT)
    params = {"query": _query(parameters), "timeout": f"{QUERY_TIMEOUT_SECONDS}s"}
    if "time" in parameters:
        params["time"] = repr(_number(parameters, "time"))
    return params


def over_range(parameters: MultiMapping[str]) -> dict[str, str]:
    """The parameters of a range query: ``query``, ``start``, ``end`` and ``step``, in seconds.

    Raises:
        HTTPBadRequest: a parameter is missing or no number, or the range is empty, longer than
            31 days, or would give more than 2,000 points.
    """
    _once(parameters, RANGE)
    start, end, step = _number(parameters, "start"), _number(parameters, "end"), _number(parameters, "step")
    if not 0 <= end - start <= MAX_RANGE_SECONDS:
        raise web.HTTPBadRequest(
            text=f"end - start must be 0 to {MAX_RANGE_SECONDS} seconds, not {end - start:g}"
        )
    if step < 1 or (end - start) / step > MAX_POINTS:
        raise web.HTTPBadRequest(
            text=f"step must be at least 1 second and give at most {MAX_POINTS} points, not {step:g}"
        )
    bounds = {"start": repr(start), "end": repr(end), "step": repr(step)}
    return {"query": _query(parameters), "timeout": f"{QUERY_TIMEOUT_SECONDS}s", **bounds}


def label_values(parameters: MultiMapping[str]) -> dict[str, str]:
    """The parameters of a request for label values: one selector, ``match[]``, if given.

    Raises:
        HTTPBadRequest: the selector is too long.
    """
    _once(parameters, VALUES)
    selector = parameters.get("match[]", "")
    if len(selector) > MAX_QUERY_CHARS:
        raise web.HTTPBadRequest(text=f"match[] is longer than {MAX_QUERY_CHARS} characters")
    return {"match[]": selector} if selector else {}


def _query(parameters: MultiMapping[str]) -> str:
    query = parameters.get("query", "").strip()
    if not query:
        raise web.HTTPBadRequest(text="the parameter query is missing")
    if len(query) > MAX_QUERY_CHARS:
        raise web.HTTPBadRequest(text=f"query is longer than {MAX_QUERY_CHARS} characters")
    return query


def _number(parameters: MultiMapping[str], name: str) -> float:
    text = parameters.get(name, "")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise web.HTTPBadRequest(text=f"{name} must be a number of seconds, not {text[:40]!r}")
    return number
