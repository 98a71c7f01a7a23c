"""The rules of Grafana's dashboard linter, and of a layout that does not overlap."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.sdk import Dashboard, JSONEncoder, register_default_plugins
from tests.boards.conftest import panels_of

Json = dict[str, Any]
COLUMNS = 24
UNITS = {"currencyUSD", "short", "s", "d", "percentunit", "suffix:/s", "bytes"}


def test_uids_are_stable(boards: dict[str, Json]) -> None:
    """Links and alerts rely on these."""
    tools = ("gift", "ad", "reward", "deal", "commerce")
    parties = ("creators", "viewers", "advertisers", "platform")
    names = (
        "now",
        *(f"party-{party}" for party in parties),
        *(f"tool-{tool}" for tool in tools),
        *("where", "guardrails", "tradeoffs", "growth", "alerts", "pipeline"),
    )
    assert {name: board["uid"] for name, board in boards.items()} == {
        f"{name}.json": f"pulse-{name}" for name in names
    }


def test_not_editable(board: Json) -> None:
    """A board is changed in code."""
    assert board["editable"] is False


def test_one_datasource_variable(board: Json) -> None:
    """It is the first variable, named and labelled as the linter wants."""
    sources = [item for item in board["templating"]["list"] if item["type"] == "datasource"]
    assert [(item["name"], item["label"], item["query"]) for item in sources] == [
        ("datasource", "Data Source", "prometheus")
    ]


def test_query_variables_match_anything(board: Json) -> None:
    """Each can hold several values, and *All* is a regular expression; it follows the time range."""
    variables = [item for item in board["templating"]["list"] if item["type"] == "query"]
    assert variables
    assert {(item["multi"], item["includeAll"], item["allValue"], item["refresh"]) for item in variables} == {
        (True, True, ".+", 2)
    }


def test_every_variable_is_used(board: Json) -> None:
    """A variable that changes nothing misleads."""
    text = " ".join(t["expr"] + t["datasource"]["uid"] for p in panels_of(board) for t in p["targets"])
    text += " ".join(link["url"] for panel in panels_of(board) for link in panel.get("links") or ())
    assert not [i["name"] for i in board["templating"]["list"] if not re.search(rf"\${{?{i['name']}\b", text)]


def test_panels_use_the_datasource_variable(panels: list[Json]) -> None:
    """No panel is bound to one data source."""
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert {target["datasource"]["uid"] for panel in panels for target in panel["targets"]} == {
        "${datasource}"
    }


def test_panels_have_title_description_and_unit(panels: list[Json]) -> None:
    """A reader knows what a panel shows, how to read it, and in what."""
    assert not [p["id"] for p in panels if not p.get("title") or not p.get("description")]
    assert {p["fieldConfig"]["defaults"]["unit"] for p in panels} <= UNITS


def test_titles_are_unique(panels: list[Json]) -> None:
    """Two panels of one name cannot be told apart in an incident."""
    titles = [panel["title"] for panel in panels]
    assert len(titles) == len(set(titles))


def test_ids_and_references(board: Json, panels: list[Json]) -> None:
    """Panel ids are unique; the targets of a panel are A, B, C and so on."""
    rows = [panel for panel in board["panels"] if panel["type"] == "row"]
    ids = [panel["id"] for panel in (*rows, *panels)]
    assert len(ids) == len(set(ids))
    for panel in panels:
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEFGH"[: len(panel["targets"])])
        assert panel["targets"]


def test_panels_stay_on_the_grid(board: Json) -> None:
    """No panel reaches past the last column."""
    assert all(p["gridPos"]["x"] + p["gridPos"]["w"] <= COLUMNS for p in board["panels"])


def test_panels_do_not_overlap(board: Json) -> None:
    """No two panels share a cell."""
    cells = [p["gridPos"] for p in board["panels"]]
    assert not [
        (a, b)
        for a, b in combinations(cells, 2)
        if a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    ]


def test_a_board_can_be_taken_in(board: Json) -> None:
    """At most 24 panels are open."""
    assert len([panel for panel in board["panels"] if panel["type"] != "row"]) <= 24


def test_every_metric_has_its_panel(boards: dict[str, Json]) -> None:
    """On the board of its tool, or for all tools of a party or of growth, under its id, with its question."""
    found = {
        (name.removesuffix(".json"), panel["title"].split(" ")[0], panel["description"])
        for name, board in boards.items()
        for panel in panels_of(board)
    }
    wanted = [metric for metric in METRICS if metric.tool != "pipeline"]
    assert [
        metric.id
        for metric in wanted
        if not any(
            id_ == metric.id
            and text.startswith(metric.question)
            and (name == f"tool-{metric.tool}" if metric.tool != "all" else not name.startswith("tool"))
            for name, id_, text in found
        )
    ] == []


def test_links_between_boards(board: Json) -> None:
    """Boards link to each other, and keep time and variables."""
    assert [
        (link["type"], link["tags"], link["includeVars"], link["keepTime"]) for link in board["links"]
    ] == [("dashboards", ["pulse"], True, True)]
    assert board["tags"] == ["pulse"]


def test_rates_are_over_the_rate_interval(panels: list[Json]) -> None:
    """Rule target-rate-interval-rule: a rate over a fixed span is empty once the steps are longer."""
    spans = [
        span
        for panel in panels
        for target in panel["targets"]
        for span in re.findall(r"\bi?rate\([^\[]*\[([^\]]*)\]", target["expr"])
    ]
    assert set(spans) <= {"$__rate_interval"}


def test_counters_are_never_shown_as_they_are(panels: list[Json]) -> None:
    """Rule target-counter-agg-rule: a total only means something by how it grows."""
    assert [
        (panel["title"], counter)
        for panel in panels
        for target in panel["targets"]
        for function, counter in re.findall(r"(\w*)\(*(?<![\w:])(\w+_total)(?![\w:])", target["expr"])
        if function not in {"rate", "irate", "increase"}
    ] == []


def test_json_reads_back_to_itself(board: Json) -> None:
    """The SDK reads the board and writes the same one."""
    register_default_plugins()
    assert json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder)) == board


def test_page_bounds_are_drawn(boards: dict[str, Json]) -> None:
    """Thresholds on the board are the catalogue's bounds: 60 and 300 s, 45 ads, 2 %; no score of evidence."""
    steps = {
        panel["title"]: [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        for name in ("now.json", "tool-ad.json")
        for panel in panels_of(boards[name])
    }
    assert steps["Freshness, oldest topic"] == [None, 60, 300]
    assert steps["VX1 Ad load, 15m"] == [None, 45]
    assert steps["Invalid records"] == [None, 0.02]


def test_four_tiles_are_live_within_a_minute(boards: dict[str, Json]) -> None:
    """What the home board calls the last minute needs no window to close and no history."""
    tiles = [panel for panel in panels_of(boards["now.json"]) if "last minute" in panel["title"]]
    text = " ".join(target["expr"] for tile in tiles for target in tile["targets"])
    assert len(tiles) == 4
    assert [word for word in ("window=", "baseline", "offset", "[5m]", "[1h]") if word in text] == []


def test_north_star_names_its_tools(boards: dict[str, Json]) -> None:
    """The north star says which tools are in it and which are not."""
    stars = [
        panel
        for panel in panels_of(boards["now.json"])
        if "arnings per 1,000 viewing hours" in panel["title"]
    ]
    assert len(stars) == 2
    assert all("gifts, ads and commerce" in p["description"] and "fund" in p["description"] for p in stars)
