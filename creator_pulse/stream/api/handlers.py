"""The routes of the API, and their handlers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from creator_pulse.stream.api import cases, current, explain
from creator_pulse.stream.api.answers import (
    Asked,
    Cases,
    Catalog,
    CurrentPage,
    Explained,
    Health,
    History,
    Leaderboards,
    Verdict,
)
from creator_pulse.stream.api.asked import LATEST_MS, chosen, only, page
from creator_pulse.stream.api.history import STATES, history
from creator_pulse.stream.api.leaderboards import leaderboards
from creator_pulse.stream.api.problem import wrong
from creator_pulse.stream.api.route import LABELS, NAME, PAGE, SPAN, WINDOW, Parameter, Route
from creator_pulse.stream.api.sources import SOURCES, TRUSTED
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.stakeholder_map import STAKEHOLDER_MAP, StakeholderMap
from creator_pulse.stream.monitoring.catalog_page import catalog_json
from creator_pulse.stream.monitoring.families import FAMILIES

if TYPE_CHECKING:
    from creator_pulse.stream.monitoring.families import Family

_TOOLS: tuple[str, ...] = tuple(dict.fromkeys(metric.tool for metric in METRICS))
_TIERS: tuple[str, ...] = tuple(dict.fromkeys(metric.tier for metric in METRICS))
_STAKEHOLDERS: tuple[str, ...] = tuple(
    dict.fromkeys(name for metric in METRICS for name in metric.stakeholders)
)
_RANKED = next(name for name, family in FAMILIES.items() if family.values[0].formula.ranks_by)
MOST_ID = 512
"""Characters of a case's id."""
_PAGE_NAMES = tuple(parameter.name for parameter in PAGE)


async def catalog(request: web.Request) -> web.Response:
    """Metrics by tool, stakeholder and tier."""
    query = request.query
    only(query, ("tool", "stakeholder", "tier", *_PAGE_NAMES))
    tool, tier = chosen(query, "tool", _TOOLS), chosen(query, "tier", _TIERS)
    stakeholder = chosen(query, "stakeholder", _STAKEHOLDERS)
    rows = [
        row
        for row in catalog_json(request.app[SOURCES].settings)
        if tool in {None, row["tool"]}
        and tier in {None, row["tier"]}
        and (stakeholder is None or stakeholder in row["stakeholders"])
    ]
    items, following = page(rows, query)
    return _json(Catalog(items=items, next=following))


async def metric(request: web.Request) -> web.Response:
    """Current values with their trust."""
    sources, query = request.app[SOURCES], request.query
    declaration, families, recorded = current.named(request.match_info["name"])
    _only_with_labels(request, families, ("window", "state"))
    wanted = current.filters(query, families, sources.settings)
    now_ms = sources.clock.now_ms()
    rows = [
        row
        for family in families
        for row in current.current(family, await sources.values.of(family.name), wanted, now_ms)
    ]
    # Recorded series have no windows, and labels of their own: a filter would mean none of them.
    if not wanted:
        for name in recorded:
            rows += await current.recorded(declaration, name, sources.prometheus, now_ms)
    items, following = page(rows, query)
    return _json(CurrentPage(items=items, next=following, published=await sources.values.are_published()))


async def metric_history(request: web.Request) -> web.Response:
    """Emitted results of a value."""
    family = current.family(request.match_info["name"])
    _only_with_labels(request, (family,), ("from", "to", "written_to", "window", "state"))
    return _json(await history(family, request.query, request.app[SOURCES]))


async def leaderboard(request: web.Request) -> web.Response:
    """Leaderboards of a value."""
    sources, family = request.app[SOURCES], current.family(request.match_info["name"])
    _only_with_labels(request, (family,), ("window", "state"))
    wanted = current.filters(request.query, (family,), sources.settings)
    views = await sources.values.of(family.name)
    items, following = page(leaderboards(family, views, wanted, sources.clock.now_ms()), request.query)
    return _json(Leaderboards(items=items, next=following, published=await sources.values.are_published()))


def _only_with_labels(request: web.Request, families: tuple[Family, ...], allowed: tuple[str, ...]) -> None:
    only(request.query, (*allowed, *current.label_names(families), *_PAGE_NAMES))


async def explain_signal(request: web.Request) -> web.Response:
    """What explains a change."""
    only(request.query, ("signal", "alert", "app", "region", "from", "to", "at"))
    sources = request.app[SOURCES]
    answer = await explain.explain(request.query, sources.settings, sources.values, sources.clock.now_ms())
    return _json(answer)


async def list_cases(request: web.Request) -> web.Response:
    """Cases by time."""
    only(request.query, ("from", "to", "rule", *_PAGE_NAMES))
    return _json(await cases.cases(request.query, request.app[SOURCES]))


async def verdict(request: web.Request) -> web.Response:
    """A verdict on a case."""
    only(request.query, ())
    if request.content_type != "application/json":
        # A page of another origin can send any other type without asking first.
        raise wrong("header.Content-Type", f"the body is {request.content_type}", "send application/json")
    try:
        decision = msgspec.json.decode(await request.read(), type=Asked)
    except (msgspec.MsgspecError, ValueError) as error:
        raise wrong(
            "body",
            f"the body is no verdict: {error}",
            'send {"confirmed": true} or false, and "note" if you like',
        ) from error
    given = await cases.give_verdict(request.match_info["id"], decision, request.app[SOURCES])
    return _json(given, status=web.HTTPCreated.status_code)


async def stakeholder_map(request: web.Request) -> web.Response:
    """The map."""
    only(request.query, ())
    return _json(STAKEHOLDER_MAP)


async def health(request: web.Request) -> web.Response:
    """Whether the parts behind the API answer; 503 if one does not."""
    only(request.query, ())
    report = await request.app[SOURCES].health.get()
    status = 200 if report.status == "ok" else web.HTTPServiceUnavailable.status_code
    if not request[TRUSTED]:
        # To a stranger: up or down, and nothing else.
        report = Health(status=report.status)
    return _json(report, status=status)


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")


_STATE = Parameter("state", "`provisional` or `final`.", words=current.STATES)
ROUTES = (
    Route(
        "GET",
        "/v1/catalog",
        catalog,
        "The metrics: question, formula, windows, unit, guardrails with runbooks, PromQL of each value.",
        Catalog,
        (
            Parameter(
                "tool", "`gift`, `ad`, `reward`, `deal`, `commerce`, `all` or `pipeline`.", words=_TOOLS
            ),
            Parameter(
                "stakeholder",
                "`creators`, `viewers`, `advertisers`, `platform` or `on-call`.",
                words=_STAKEHOLDERS,
            ),
            Parameter("tier", "`north star`, `core`, `supporting`, `guardrail` or `pipeline`.", words=_TIERS),
            *PAGE,
        ),
    ),
    Route(
        "GET",
        "/v1/metrics/{name}",
        metric,
        "The current values of a metric, each with its trust.",
        CurrentPage,
        (NAME, WINDOW, _STATE, *LABELS, *PAGE),
        "From the live views in Redis; series that Prometheus records come from there, without a window.",
    ),
    Route(
        "GET",
        "/v1/metrics/{name}/history",
        metric_history,
        "The stated results of a value whose window ends within a span; by default the last hour.",
        History,
        (
            replace(NAME, help="Name of a value with windows."),
            *SPAN,
            Parameter(
                "written_to",
                "Read what was written before this, epoch ms; by default until now.",
                kind="integer",
                least=1,
                most=LATEST_MS * 2,
            ),
            WINDOW,
            Parameter("state", "`provisional`, `final` or `restated`.", words=STATES),
            *LABELS,
            *PAGE,
        ),
        "Read from the topic pulse.window by time, in the order in which results were stated. A page reads "
        "a bounded part of the topic: an empty one with a `next` means that there was nothing in that part.",
    ),
    Route(
        "GET",
        "/v1/leaderboards/{name}",
        leaderboard,
        "The first by a value: rank, who, value and share; the ranks and `other` add up to `total`.",
        Leaderboards,
        (
            replace(NAME, help="Name of a value with ranks.", example=_RANKED),
            WINDOW,
            _STATE,
            *LABELS,
            *PAGE,
        ),
        "Holds identities.",
    ),
    Route(
        "GET",
        "/v1/explain",
        explain_signal,
        "Which values of labels explain a change of a guarded count, as shares of it.",
        Explained,
        (
            Parameter("signal", "Name of the guarded count.", words=explain.NAMES, example=explain.NAMES[0]),
            Parameter("alert", "Alert that is about it.", words=tuple(explain.SIGNALS_OF)),
            *LABELS,
            *SPAN,
            Parameter(
                "at",
                "The half hour before this time, epoch ms, instead of `from` and `to`.",
                kind="integer",
                least=1,
                most=LATEST_MS,
            ),
        ),
        "From the live views in Redis, which reach back six hours, by five minutes, the last half hour by "
        "one. Without a time: since the change began, else the last half hour. Without a signal or an alert: "
        "every guarded count that is not as usual now.",
    ),
    Route(
        "GET",
        "/v1/cases",
        list_cases,
        "Flagged entities with evidence, by the time at which the case was opened; by default of a day.",
        Cases,
        (
            *SPAN,
            Parameter("rule", "Id of a metric, `FR1`, or name of a rule.", words=cases.RULES, example="FR1"),
            *PAGE,
        ),
        "Holds identities. Read from the topic pulse.case as it grows; what is held ends at 64 MiB, and "
        "`held_since` says from when on.",
    ),
    Route(
        "POST",
        "/v1/cases/{id}/verdict",
        verdict,
        "Close a case as confirmed or not; writes a `verdict` to the reference topic.",
        Verdict,
        (Parameter("id", "`id` of the case, percent-encoded.", "path", most=MOST_ID),),
        "A later verdict replaces an earlier one.",
        Asked,
    ),
    Route(
        "GET",
        "/v1/map",
        stakeholder_map,
        "Which metrics are core, supporting and guardrail for whom, by tool.",
        StakeholderMap,
    ),
    Route(
        "GET",
        "/v1/health",
        health,
        "Whether the parts behind the API answer and workers publish; 503 where not.",
        Health,
        detail="Without the token only `status`.",
        is_open=True,
        reports_when_down=True,
    ),
)
