"""The pieces of a board: panels, rows laid out on 24 columns, variables, and its JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.sdk import (
    BigValueGraphMode,
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    GraphThresholdsStyleMode,
    GridPos,
    JSONEncoder,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableRefresh,
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
NO_DATA = "no data yet"
COLUMNS = 24
_LEAST = 1e-6
SEVERITY_COLOR = {"page": "red", "ticket": "orange", "none": "green"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        title: the value and its window, for example ``Gross gift value, 5m``.
        description: how to read it.
        unit: Grafana unit id.
        queries: legend -> PromQL.
        width: columns of 24.
        height: grid rows.
        alerts: guardrails whose fixed bounds are its thresholds.
        empty: text shown without data.
    """

    title: str
    description: str
    unit: str
    queries: dict[str, str]
    width: int = 8
    height: int = 8
    alerts: tuple[str, ...] = ()
    kind: str = "timeseries"
    decimals: int | None = None
    empty: str = NO_DATA


@dataclass(frozen=True, slots=True)
class Board:
    """One board: rows of panels under a question."""

    uid: str
    title: str
    description: str
    rows: dict[str, tuple[Panel, ...]]
    variables: tuple[Any, ...] = field(default=())


def bounds(alerts: tuple[str, ...]) -> list[tuple[float, str]]:
    """Threshold steps of the named alerts' fixed bounds, lowest first, as (value, colour)."""
    bounds = [
        (float(bound), SEVERITY_COLOR[guardrail.severity], op)
        for _, guardrail in declared()
        if guardrail.alert in alerts
        for op, bound in guardrail.condition.fixed()
    ]
    # A step begins at its value: a bound that must be exceeded is one that 0 must not reach.
    return [(bound or _LEAST, color if op == ">" else "green") for bound, color, op in sorted(bounds)]


def _thresholds(panel: Panel) -> Any:
    steps = bounds(panel.alerts)
    low = "red" if steps and steps[0][1] == "green" else "green"
    marks = [
        Threshold(value=None, color=low),
        *[Threshold(value=value, color=color) for value, color in steps],
    ]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(marks)


def _builder(panel: Panel) -> Any:
    if panel.kind == "stat":
        return stat.Panel().graph_mode(BigValueGraphMode.AREA).reduce_options(_last())
    if panel.kind == "bargauge":
        return bargauge.Panel().reduce_options(_last()).orientation("horizontal")
    if panel.kind == "statetimeline":
        states = {
            "1": ValueMappingResult(text="pending", color="yellow", index=0),
            "2": ValueMappingResult(text="firing", color="red", index=1),
        }
        return statetimeline.Panel().mappings([ValueMap(options=states)]).merge_values(True).legend(_legend())
    style = GraphThresholdsStyleMode.DASHED if panel.alerts else GraphThresholdsStyleMode.OFF
    lines = common.GraphThresholdsStyleConfig().mode(style)
    return timeseries.Panel().thresholds_style(lines).fill_opacity(6).line_width(1).legend(_legend())


def _legend() -> Any:
    return common.VizLegendOptions().show_legend(True).display_mode("list").placement("bottom").calcs([])


def _last() -> Any:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _build(panel: Panel) -> Any:
    built = _builder(panel).title(panel.title).description(panel.description).unit(panel.unit)
    built = built.datasource(SOURCE).no_value(panel.empty).thresholds(_thresholds(panel))
    if panel.decimals is not None:
        built = built.decimals(panel.decimals)
    for place, (legend, expr) in enumerate(panel.queries.items()):
        query = prometheus.Dataquery().expr(expr).legend_format(legend).datasource(SOURCE)
        query = query.ref_id(chr(ord("A") + place))
        built = built.with_target(query.instant() if panel.kind == "bargauge" else query.range())
    return built


def variable(name: str, label: str, query: str) -> Any:
    """A variable over label values: several may be chosen, and *All* matches any."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": name})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current({"text": ["All"], "value": ["$__all"], "selected": True})
    )


def to_json(board: Board) -> bytes:
    """The board as classic dashboard JSON, valid for Grafana 10 to 13."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["pulse"])
        .readonly()
        .time("now-15m", "now")
        .refresh("5s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(_links())
        .annotation(_annotation())
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data Source").type("prometheus"))
    )
    for item in board.variables:
        built = built.with_variable(item)
    top, ids = 0, iter(range(1, 1000))
    for title, panels in board.rows.items():
        built = built.with_row(
            dashboard.Row(title).id(next(ids)).grid_pos(GridPos(h=1, w=COLUMNS, x=0, y=top))
        )
        top, placed = _place(panels, top + 1)
        for panel, position in placed:
            built = built.with_panel(_build(panel).id(next(ids)).grid_pos(position))
    text = json.dumps(built.build(), cls=JSONEncoder, sort_keys=True, indent=2)
    return (text + "\n").encode()


def _place(panels: tuple[Panel, ...], top: int) -> tuple[int, list[tuple[Panel, Any]]]:
    """Left to right, a new line where the next panel does not fit; returns the next free grid row."""
    left, tallest, placed = 0, 0, []
    for panel in panels:
        if left + panel.width > COLUMNS:
            left, top, tallest = 0, top + tallest, 0
        placed.append((panel, GridPos(h=panel.height, w=panel.width, x=left, y=top)))
        left, tallest = left + panel.width, max(tallest, panel.height)
    return top + tallest, placed


def _links() -> Any:
    link = dashboard.DashboardLink("Creator Pulse boards").type(DashboardLinkType.DASHBOARDS).tags(["pulse"])
    return link.include_vars(True).keep_time(True).as_dropdown(False)


def _annotation() -> Any:
    firing = 'ALERTS{product="pulse",alertstate="firing",severity=~"critical|warning"}'
    expr = f"max by (alertname, severity) ({firing})"
    mark = dashboard.AnnotationQuery().name("Firing alerts").datasource(SOURCE).enable(True)
    return mark.expr(expr).icon_color("red").title_format("{{alertname}}").tag_keys("severity").step("60s")
