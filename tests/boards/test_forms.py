"""Each metric in its form: one unit an axis, names for people, words for nothing, a grid without holes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from creator_pulse.stream.catalog.declaration.forms import form_of, quantity, short_name, shown
from creator_pulse.stream.catalog.registry import METRICS, VALUES
from creator_pulse.stream.monitoring.board_forms import panels_of as forms_of
from creator_pulse.stream.monitoring.board_grid import GridCell, Size, placed
from creator_pulse.stream.monitoring.board_values import query
from creator_pulse.stream.monitoring.board_words import EMPTY
from creator_pulse.stream.monitoring.families import FAMILIES

Json = dict[str, Any]
COLUMNS = 24
_BY_ID = {metric.id: metric for metric in METRICS}
_SERIES = re.compile(r"\b(?:[a-z_]+:)?pulse_[a-z0-9_]+(?::[a-z0-9_]+)?")
_HELD_BACK = re.compile(r"\band on \([a-z, ]*\) \S+ >= \d+")
"""What must be there for a value to be judged is not drawn."""
_UNITS = {
    "usd": "USD",
    "coins": "coins",
    "ratio": "share",
    "seconds": "time",
    "days": "days",
    "bytes": "bytes",
}
"""Last word of a series -> what it is in; of any other word it is a number of something."""


def _unit(expr: str) -> str:
    """What an expression is in, by the names of its series: of a quotient both, of all else one."""
    if expr.startswith("count("):
        return "number"
    found = []
    for name in _SERIES.findall(_HELD_BACK.sub("", expr)):
        words = name.split(":")[1 if ":" in name else 0].removesuffix("_total").split("_")
        per = [" ".join(words[place:]) for place, word in enumerate(words) if word == "per"]
        # Percentiles are of what stands around them: payout_delay_p95_seconds, viewer_ad_load_p95_per_hour.
        is_ratio = name.count(":") == 2 and name.rsplit(":", 1)[1].startswith("ratio")
        unit = _UNITS.get(words[-1], "share" if is_ratio else "number")
        found.append(per[0] if per else unit)
    if " / (" in expr:
        # Above and below the line in one unit: a share, unless it is scaled, as a price per thousand is.
        is_share = len(set(found)) == 1 and re.match(r"clamp|1 \*|sum", expr)
        return "share" if is_share else f"quotient of {' and '.join(found)}"
    return " and ".join(sorted(set(found))) or "number"


def _lines(panel: Json) -> dict[str, str]:
    """Legend -> unit of each line of a plot that stands for a value, not for what it is compared with."""
    compared = ("last week", "usual", "alert below", "alert above", "{{platform}}")
    return {
        target["legendFormat"]: _unit(target["expr"])
        for target in panel["targets"]
        if not target["legendFormat"].startswith(compared)
    }


def test_one_unit_an_axis(panels: list[Json]) -> None:
    """No plot puts coins, counts and shares on one axis: all its lines are in one unit."""
    plots = [panel for panel in panels if panel["type"] in {"timeseries", "stat", "bargauge"}]
    units = {panel["title"]: (panel, _lines(panel)) for panel in plots}
    assert {title: lines for title, (_, lines) in units.items() if len(set(lines.values())) > 1} == {}
    # What is drawn in per cent is a share.
    percent = [lines for panel, lines in units.values() if _unit_of(panel) == "percentunit"]
    assert {unit for lines in percent for unit in lines.values()} <= {"share"}


def test_values_of_a_panel_have_one_quantity() -> None:
    """What shares a panel by declaration is counted in the same: dollars are not dollars per hour."""
    by_name = {value.name: value for value in VALUES}
    assert {
        metric.id: {quantity(by_name[name]) for name in shown(metric)}
        for metric in METRICS
        if len({quantity(by_name[name]) for name in shown(metric)}) > 1
    } == {}


def test_legends_are_for_people(panels: list[Json]) -> None:
    """No legend is a raw name: outside of label names in braces there is no underscore and no ``pulse``."""
    legends = {target["legendFormat"] for panel in panels for target in panel["targets"]}
    assert "" not in legends
    assert {text for text in legends if re.search(r"_|pulse", re.sub(r"\{\{\w+\}\}", "", text))} == set()


def test_names_of_values_are_words() -> None:
    """Every value has a name that a legend can show, without its unit's suffix."""
    names = {value.name: short_name(value) for value in VALUES}
    assert {name: text for name, text in names.items() if "_" in text or not text} == {}


def _unit_of(panel: Json) -> str:
    unit: str = panel["fieldConfig"]["defaults"]["unit"]
    return unit


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gift_value_usd", "Gift value"),
        ("gifts_per_viewing_hour", "Gifts per viewing hour"),
        ("creator_earnings_per_1000_hours_usd", "Creator earnings per 1,000 hours"),
        ("ad_fill_ratio", "Fill"),
    ],
)
def test_name_of_a_value(name: str, text: str) -> None:
    """A title where one is declared, else the words of the name without the unit."""
    assert {short_name(value) for value in VALUES if value.name == name} == {text}


@pytest.mark.parametrize(
    ("metric", "form"),
    [
        ("GI1", "trend"),
        ("AD4", "share"),
        ("GI8", "stock"),
        ("GI4", "distribution"),
        ("GI6", "ranking"),
        ("GR5", "funnel"),
    ],
)
def test_form_of_a_metric(metric: str, form: str) -> None:
    """Money over time is a trend, a ratio a share, open coins a stock, quantiles a distribution."""
    assert form_of(_BY_ID[metric]) == form


def test_a_trend_stands_beside_its_past() -> None:
    """Rewards are drawn with last week, what is usual, and the bounds of their alerts."""
    (panel,) = forms_of(_BY_ID["CF1"])
    assert list(panel.queries) == ["now", "last week", "usual", "alert above", "alert below"]


def test_a_ratio_stands_beside_what_is_usual_of_each_app() -> None:
    """What is usual of two apps cannot be added, so earnings per hour are a line an app, and its usual."""
    panel = forms_of(_BY_ID["N1"])[0]
    assert list(panel.queries) == ["{{app}}", "usual {{app}}"]
    assert panel.colors["tiktok"] == panel.colors["usual tiktok"]
    assert panel.styles["usual {{app}}"].dashed


def test_competitors_are_dashed_lines_beside_ours() -> None:
    """A panel a tool: creators' share, and the published one of each platform; no gap."""
    panels = forms_of(_BY_ID["BM1"])
    assert [panel.title.partition(": ")[2] for panel in panels] == ["gifts", "ads"]
    for panel, tool in zip(panels, ("gift", "ad"), strict=True):
        assert list(panel.queries) == ["{{app}}", "{{platform}}, published"]
        assert [panel.styles[legend].dashed for legend in panel.styles] == [True]
        term = f'pulse_benchmark{{what="creator_share",tool="{tool}"}}'
        assert term in panel.queries["{{platform}}, published"]
        assert all(f'tool="{tool}"' in query and "gap" not in query for query in panel.queries.values())


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("BD4", "deal_cost_per_1000_views_usd"),
        ("CF4", "reward_cost_per_1000_hours_usd"),
        ("EN2", "likes_per_1000_views"),
        ("SP1", "spend_per_payer_usd"),
        ("SP6", "topup_value_usd"),
    ],
)
def test_the_first_panel_answers_the_question(metric: str, value: str) -> None:
    """Cost and likes per thousand, spend per payer, money for coins: no number of what is behind."""
    panel = forms_of(_BY_ID[metric])[0]
    family = FAMILIES[value]
    assert query(family, family.windows[0]) in panel.queries.values()


def test_what_is_kept_stands_beside_what_was_agreed() -> None:
    """Take rate as it is, by app, tool and region, the agreed one, and how far they are apart."""
    panel = forms_of(_BY_ID["N6"])[-1]
    titles = ["App", "Tool", "Region", "Realised take", "Agreed take", "Realised take gap"]
    assert [column.title for column in panel.columns] == titles
    names = [column.expr.partition(") (")[2].partition("{")[0] for column in panel.columns if column.expr]
    assert names == list(_BY_ID["N6"].recorded)


def test_what_is_read_besides_is_declared() -> None:
    """Each further panel is of values, or of recorded series, that the metric has."""
    for metric in METRICS:
        declared = {value.name for value in metric.values}, set(metric.recorded)
        assert all(any(set(names) <= some for some in declared) for names in metric.more), metric.id


def test_a_distribution_is_a_band() -> None:
    """Between p50 and p95, and p95 and p99, of each app the space is filled."""
    (panel,) = forms_of(_BY_ID["GI4"])
    assert ("p95 tiktok", "p50 tiktok") in panel.bands
    assert ("p99 tiktok", "p95 tiktok") in panel.bands


@pytest.mark.parametrize("metric", ["GI4", "CR11", "CR5"])
def test_the_median_alone_is_a_whole_line(metric: str) -> None:
    """The quantiles of an app have one colour: the others are dashed."""
    panel = next(panel for panel in forms_of(_BY_ID[metric]) if len(panel.queries) > 1)
    assert [legend for legend in panel.queries if legend not in panel.styles] == ["p50 {{app}}"]
    assert all(style.dashed for style in panel.styles.values())


@pytest.mark.parametrize(
    ("metric", "title"),
    [
        ("AV7", "AV7 Reach: impressions per viewer, 24h"),
        ("GR2", "GR2 Tool adoption: tools per creator, 24h"),
        ("SP6", "SP6 Coins bought: mean purchase, 1h"),
        ("N1", "N1 Net creator earnings per 1,000 viewing hours: all tools, 24h"),
    ],
)
def test_a_value_beside_the_answer_has_a_title_for_people(metric: str, title: str) -> None:
    """``ad_frequency_mean`` is *impressions per viewer*, and not its name with blanks in it."""
    assert title in [panel.title for panel in forms_of(_BY_ID[metric])]


def test_many_values_take_half_a_line() -> None:
    """Seven ends of a view have a legend of three lines in half the width, and would not fit a third."""
    response = next(panel for panel in forms_of(_BY_ID["AD5"]) if len(panel.queries) == 7)
    assert response.width == 12


def test_a_ranking_is_a_table_of_five() -> None:
    """Top rooms are five lines an app with their share, and not forty lines in a plot."""
    rooms, gifts = forms_of(_BY_ID["GI6"])
    assert (rooms.kind, gifts.kind) == ("table", "table")
    assert [column.title for column in rooms.columns] == [
        "App",
        "Rank",
        "Coins",
        "Share of all",
        "Against an hour ago",
    ]
    assert all('rank=~"[1-5]"' in column.expr for column in rooms.columns if column.expr)


def test_a_guarded_value_is_drawn() -> None:
    """Each value that an alert watches stands on a panel of its metric: a decision hangs on it."""
    for metric in METRICS:
        text = " ".join(
            query
            for panel in forms_of(metric)
            for query in (*panel.queries.values(), *(column.expr for column in panel.columns))
        )
        # Ratios are drawn as the quotient of their sums: those without one are looked for by name.
        watched = [guardrail.series for guardrail in metric.guardrails if guardrail.window]
        ratios = {value.name for value in metric.values if value.name.endswith(("_ratio", "_usd"))}
        assert [
            name for name in watched if name not in text and name not in ratios and "_per_" not in name
        ] == []


def test_nothing_is_said_in_words(panels: list[Json]) -> None:
    """Each panel says what nothing means: no traffic, no verdict, no history, no alert."""
    said = {panel["title"]: panel["fieldConfig"]["defaults"]["noValue"] for panel in panels}
    assert {title: text for title, text in said.items() if not text.startswith(EMPTY)} == {}


def test_no_number_is_said_in_words(panels: list[Json]) -> None:
    """What is no number (nothing divided by nothing) has a mapping to words on every panel."""
    assert [
        panel["title"]
        for panel in panels
        if not any(mapping["type"] == "special" for mapping in panel["fieldConfig"]["defaults"]["mappings"])
    ] == []


def test_cells_of_tables_say_so(panels: list[Json]) -> None:
    """Each number's column of a table has words for a cell without one."""
    for panel in (panel for panel in panels if panel["type"] == "table"):
        for override in panel["fieldConfig"]["overrides"]:
            assert "noValue" in {prop["id"] for prop in override["properties"]}


def _covered(cells: list[Json]) -> set[tuple[int, int]]:
    return {
        (column, row)
        for cell in cells
        for column in range(cell["x"], cell["x"] + cell["w"])
        for row in range(cell["y"], cell["y"] + cell["h"])
    }


def test_no_holes_in_the_grid(board: Json) -> None:
    """Panels and rows cover all 24 columns down to the last one, each cell once."""
    cells = [panel["gridPos"] for panel in board["panels"]]
    bottom = max(cell["y"] + cell["h"] for cell in cells)
    assert len(_covered(cells)) == sum(cell["w"] * cell["h"] for cell in cells) == COLUMNS * bottom


def test_no_holes_in_a_closed_row(board: Json) -> None:
    """Opened, a closed row is full as well."""
    for row in (panel for panel in board["panels"] if panel["type"] == "row" and panel.get("panels")):
        cells = [panel["gridPos"] for panel in row["panels"]]
        height = max(cell["y"] + cell["h"] for cell in cells) - row["gridPos"]["y"] - 1
        assert sum(cell["w"] * cell["h"] for cell in cells) == len(_covered(cells)) == COLUMNS * height


def test_seven_tiles_are_four_over_three() -> None:
    """Lines are about equally full: 24 columns by four are 6 each, by three 8 each."""
    bottom, cells = placed([Size(4, 4)] * 7, 1)
    assert bottom == 9
    assert cells[:4] == [GridCell(x, 1, 6, 4) for x in (0, 6, 12, 18)]
    assert cells[4:] == [GridCell(x, 5, 8, 4) for x in (0, 8, 16)]


def test_a_panel_of_all_columns_has_its_own_line() -> None:
    """Seven tiles over a table of 24 columns are four over three, as without it."""
    bottom, cells = placed([Size(4, 4)] * 7 + [Size(24, 8)], 1)
    assert bottom == 17
    assert cells[:7] == placed([Size(4, 4)] * 7, 1)[1]
    assert cells[7] == GridCell(0, 9, 24, 8)


def test_a_line_has_one_height() -> None:
    """A low panel beside a tall one is drawn as tall: no hole under it."""
    assert placed([Size(4, 6), Size(20, 7)], 0) == (7, [GridCell(0, 0, 4, 7), GridCell(4, 0, 20, 7)])


def test_what_explains_is_closed(boards: dict[str, Json]) -> None:
    """Metrics that only explain lie in a row that a click opens."""
    supporting = {metric.id for metric in METRICS if metric.tier == "supporting" and metric.tool != "all"}
    for name in (name for name in boards if name.startswith("tool-")):
        shown_at_once = [panel for panel in boards[name]["panels"] if panel["type"] != "row"]
        assert [panel["title"] for panel in shown_at_once if panel["title"].split()[0] in supporting] == []
