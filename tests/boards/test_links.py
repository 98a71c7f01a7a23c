"""Links from what is seen to what explains it: time and variables stay, and every target exists."""

from __future__ import annotations

import re
from typing import Any

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.build import generated
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


def test_links_between_boards_keep_time_and_variables(board: Json) -> None:
    """Whoever follows one sees the same hour of the same app and region."""
    lost = [link for link in _links(board) if link[2].startswith("/d/") and KEEP not in link[2]]
    assert lost == []


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
    found = {panel: url for panel, _, url in _links(boards["now.json"])}
    assert [
        found[f"{title}, last minute"].split("?")[0] for title in ("Gift value", "Ad revenue", "Orders")
    ] == ["/d/pulse-tool-gift", "/d/pulse-tool-ad", "/d/pulse-tool-commerce"]
