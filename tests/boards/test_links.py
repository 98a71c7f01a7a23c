"""Links from what is seen to what explains it: time and variables stay, and every target exists."""

from __future__ import annotations

import json
import re
from typing import Any

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.signals import SIGNALS
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.site import Site
from tests.boards.conftest import panels_of

Json = dict[str, Any]

KEEP = "${__url_time_range}&${__all_variables}"
ALERTS = {guardrail.alert for metric in METRICS for guardrail in metric.guardrails}


def _links(board: Json) -> list[tuple[str, str, str]]:
    """(panel, title, address) of all links of panels and of cells."""
    found = []
    for panel in panels_of(board):
        found += [(panel["title"], link["title"], link["url"]) for link in panel.get("links") or ()]
        for override in panel["fieldConfig"]["overrides"]:
            for change in override["properties"]:
                if change["id"] == "links":
                    found += [(panel["title"], link["title"], link["url"]) for link in change["value"]]
    return found


def _chosen(board: Json) -> set[str]:
    """Names of the variables that a reader chooses on a board."""
    return {item["name"] for item in board["templating"]["list"] if item["type"] == "query"}


def test_links_between_boards_keep_time_and_variables(board: Json, boards: dict[str, Json]) -> None:
    """Whoever follows one sees the same hour of the same app and region, or those of the row."""
    by_uid = {other["uid"]: other for other in boards.values()}
    lost = []
    for _, title, url in _links(board):
        target = re.match(r"/d/([\w-]+)", url)
        if not target or KEEP in url:
            continue
        both = _chosen(board) & _chosen(by_uid[target[1]])
        filled = set(re.findall(r"var-(\w+)=", url))
        # Who chooses an app sees all of it: another one has other regions.
        filled |= {"region", "signal"} if "app" in filled else set()
        if "${__url_time_range}" not in url or both - filled:
            lost.append((title, url))
    assert lost == []


def test_every_signal_leads_to_who_explains_it(boards: dict[str, Json]) -> None:
    """From the panel of a signal on the board of its tool, or of its party, with the signal chosen there."""
    price = ": value per minute vs value at the usual price"
    titles = {
        f"{signal.words.capitalize()}{price if signal.per else ' per minute vs expected'}": signal.name
        for signal in SIGNALS
    }
    urls = {
        panel: url
        for name, board in boards.items()
        if name.startswith(("tool-", "party-"))
        for panel, title, url in _links(board)
        if title == "Where" and panel in titles
    }
    assert urls == {title: f"/d/pulse-where?var-signal={signal}&{KEEP}" for title, signal in titles.items()}


def test_a_row_of_where_narrows_to_its_signal_and_app(boards: dict[str, Json]) -> None:
    """Both as the row has them, with all regions of the app."""
    urls = {url for _, title, url in _links(boards["where.json"]) if title == "Signal"}
    row = "var-signal=${__data.fields.signal}&var-app=${__data.fields.app}"
    assert urls == {f"/d/pulse-where?${{__url_time_range}}&{row}"}


def test_an_alert_leads_to_the_contributors_of_its_app(board: Json) -> None:
    """In each table of what fires."""
    tables = [panel for panel in panels_of(board) if "its app to who explains it" in panel["description"]]
    wanted = "/d/pulse-where?${__url_time_range}&var-app=${__data.fields.app}"
    urls = {panel: url for panel, title, url in _links(board) if title == "App"}
    assert [panel["title"] for panel in tables if urls.get(panel["title"]) != wanted] == []


def _asked(url: str, route: str) -> dict[str, str]:
    """The parameters of a link to a route of the API."""
    path, _, query = url.partition("?")
    assert path == f"${{api:raw}}{route}"
    return dict(pair.split("=", 1) for pair in query.split("&"))


def test_rankings_lead_to_the_leaderboards_of_the_api(boards: dict[str, Json]) -> None:
    """Each to one that the API has, in its window; its rows to that of their app."""
    ranked = {
        value.name: value.windows for metric in METRICS for value in metric.values if value.formula.ranks_by
    }
    found = [
        (title, url)
        for board in boards.values()
        for _, title, url in _links(board)
        if "/v1/leaderboards/" in url
    ]
    assert {title for title, _ in found} == {"Who", "Rank"}
    for title, url in found:
        name = url.partition("?")[0].rsplit("/", 1)[1]
        asked = _asked(url, f"/v1/leaderboards/{name}")
        assert asked.pop("window") in ranked[name]
        assert asked == ({"app": "${__data.fields.app}"} if title == "Rank" else {})


def test_what_opens_cases_leads_to_them(boards: dict[str, Json]) -> None:
    """Of its own rule, in the time that the board shows; from tables of alerts to all of them."""
    opening = {metric.id for metric in METRICS for value in metric.values if value.formula.rule() is not None}
    found = [
        _asked(url, "/v1/cases")
        for board in boards.values()
        for _, title, url in _links(board)
        if title == "Cases"
    ]
    assert {asked.get("rule") for asked in found} == {None, *opening}
    assert all(asked["from"] == "${__from}" and asked["to"] == "${__to}" for asked in found)


def test_a_contributor_leads_to_the_explanation_of_the_api(boards: dict[str, Json]) -> None:
    """Of its signal in its app, in the half hour before the end of the time shown."""
    url = next(url for _, title, url in _links(boards["where.json"]) if title == "Who")
    assert _asked(url, "/v1/explain") == {
        "signal": "${__data.fields.signal}",
        "app": "${__data.fields.app}",
        "at": "${__to}",
    }


def test_boards_hold_the_address_of_the_api_of_the_settings() -> None:
    """As a hidden constant, which a reader does not choose and a person may change in Grafana."""
    away = generated("dashboards", Site(api="https://api.example.com/pulse"))
    held = {}
    for name, text in away.items():
        board = json.loads(text)
        for item in board["templating"]["list"]:
            if item["name"] == "api":
                held[name] = (item["type"], item["hide"], item["query"])
    linking = {name for name, text in away.items() if b"${api:raw}" in text}
    assert linking
    assert held == dict.fromkeys(linking, ("constant", 2, "https://api.example.com/pulse"))


def test_every_board_that_is_linked_exists(boards: dict[str, Json]) -> None:
    """Boards by uid; what a row's own value completes begins like one."""
    uids = {board["uid"] for board in boards.values()}
    linked = {
        match[1]
        for board in boards.values()
        for _, _, url in _links(board)
        if (match := re.match(r"/d/([\w-]+)", url))
    }
    assert linked
    assert [
        uid
        for uid in linked
        if uid not in uids and not (uid.endswith("-") and any(u.startswith(uid) for u in uids))
    ] == []


def test_a_guarded_trend_leads_to_its_runbook(boards: dict[str, Json]) -> None:
    """The page of its alert is one that exists."""
    pages = {name.removesuffix(".md") for name in generated("runbooks")}
    named = {
        url.removeprefix("/runbooks/")
        for board in boards.values()
        for _, title, url in _links(board)
        if title == "Runbook"
    }
    assert len(named) > 10
    assert named <= pages
    assert named <= ALERTS


def test_tiles_of_the_home_board_lead_to_their_tools(boards: dict[str, Json]) -> None:
    """Gifts, ads and orders have one each."""
    urls = {panel: url for panel, _, url in _links(boards["now.json"])}
    assert [urls[f"{title}, last minute"].split("?")[0] for title in ("Gift value", "Ad revenue", "GMV")] == [
        "/d/pulse-tool-gift",
        "/d/pulse-tool-ad",
        "/d/pulse-tool-commerce",
    ]
