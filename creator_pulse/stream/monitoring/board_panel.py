"""One panel of a board, as Grafana's schema wants it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.board_links import signals_of_alerts, to_where
from creator_pulse.stream.monitoring.board_words import NO_TRAFFIC, NO_VERDICT, TOOLS
from creator_pulse.stream.monitoring.sdk import (
    BigValueGraphMode,
    DashboardLinkType,
    DashboardSpecialValueMapOptions,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    GraphThresholdsStyleMode,
    MatcherConfig,
    SpecialValueMap,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
SEVERITY_COLOR = {"page": "red", "ticket": "orange", "none": "green"}
APP_COLORS = ("blue", "purple", "text")
_TOOL_COLORS = ("blue", "yellow", "green", "purple", "orange")
_LEAST = 1e-6

Kind = Literal["timeseries", "stat", "bargauge", "statetimeline", "table"]
States = dict[str, tuple[str, str]]
"""Number as text -> (word, colour)."""
ALERT_STATES: States = {"1": ("pending", "yellow"), "2": ("firing", "red")}
"""The meaning of the number in a panel over alerts."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one query of a plot looks.

    Attributes:
        color: Grafana's name; empty: the next of the palette.
        dashed: whether the line is one to compare with, which is dashed.
        width: of the line, in pixels; 0: the edge of a band, which no legend lists.
    """

    color: str = ""
    dashed: bool = False
    width: int = 1


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column of a table: a query, or a label of all queries.

    Attributes:
        title: for people.
        expr: PromQL; empty: a label.
        label: name of the label; empty: the title is that of a value.
        unit: Grafana unit id.
        decimals: digits after the point; None: as many as it takes.
        states: words for numbers or label values.
        steps: (value, colour), lowest first, for the colour of the number.
        link: address behind the cell, with ``${__data.fields.label}`` for a label of the row.
        empty: text of a cell without a number.
        bar: whether a bar shows the number; from 0 to this.
        width: in pixels; 0: as needed.
    """

    title: str
    expr: str = ""
    label: str = ""
    unit: str = "short"
    decimals: int | None = None
    states: States = field(default_factory=dict)
    steps: tuple[tuple[float, str], ...] = ()
    link: str = ""
    empty: str = NO_TRAFFIC
    bar: float = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        title: the value and its window, for example ``Gross gift value, 5m``.
        description: how to read it.
        unit: Grafana unit id.
        queries: legend -> PromQL; of a table none.
        width: columns of 24; a line of panels is stretched until it is full.
        height: grid rows; the tallest of a line.
        alerts: guardrails whose fixed bounds are its thresholds.
        kind: of Grafana's panels.
        empty: text shown without data.
        styles: legend -> its look.
        bands: (upper legend, lower legend) of which the space between is filled.
        colors: legend as it is shown -> Grafana's name of the colour.
        names: label value -> the legend's text for it.
        states: number -> word and colour.
        columns: of a table.
        sort: title of the column that a table is sorted by, the largest first.
        links: title -> address of what lies one click deeper.
        low: least value of the axis; None: as the values are.
        steps: (value, colour) of thresholds that are no guardrail's, lowest first.
        is_harm_filled: whether the region behind the bounds is filled, not only lined.
    """

    title: str
    description: str
    unit: str
    queries: dict[str, str]
    width: int = 8
    height: int = 8
    alerts: tuple[str, ...] = ()
    kind: Kind = "timeseries"
    decimals: int | None = None
    empty: str = NO_TRAFFIC
    styles: Mapping[str, Style] = field(default_factory=dict)
    bands: tuple[tuple[str, str], ...] = ()
    colors: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    states: States = field(default_factory=dict)
    columns: tuple[BoardColumn, ...] = ()
    sort: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    steps: tuple[tuple[float, str], ...] = ()
    is_harm_filled: bool = False


def bounds(alerts: tuple[str, ...]) -> list[tuple[float, str]]:
    """Threshold steps of the named alerts' fixed bounds, lowest first, as (value, colour).

    If an alert has a bound of the value and another of the evidence, a panel of the value has the first.
    """
    forms = [guardrail for _, guardrail in declared() if guardrail.alert in alerts]
    of_values = {guardrail.alert for guardrail in forms if not guardrail.condition.of_gauges}
    bounds = [
        (float(bound), SEVERITY_COLOR[guardrail.severity], op)
        for guardrail in forms
        if not (guardrail.condition.of_gauges and guardrail.alert in of_values)
        for op, bound in guardrail.condition.fixed()
    ]
    # A step begins at its value: a bound that must be exceeded is one that 0 must not reach.
    return [(bound or _LEAST, color if op == ">" else "green") for bound, color, op in sorted(bounds)]


def built(panel: Panel) -> Any:
    """The panel's builder, without id and place."""
    base = _KINDS[panel.kind](panel).title(panel.title).description(panel.description).unit(panel.unit)
    base = base.datasource(SOURCE).no_value(panel.empty).thresholds(_thresholds(panel))
    base = base.mappings(_mappings(panel.states))
    if panel.decimals is not None:
        base = base.decimals(panel.decimals)
    if panel.low is not None:
        base = base.min(panel.low)
    if links := _links(panel):
        base = base.links(links)
    for place, (legend, expr) in enumerate(_queries(panel)):
        query = prometheus.Dataquery().expr(expr).legend_format(legend).datasource(SOURCE)
        query = query.ref_id(_ref(place))
        if panel.kind == "table":
            query = query.format("table")
        base = base.with_target(query.instant() if panel.kind in {"bargauge", "table"} else query.range())
        for properties in _looks(panel, legend):
            base = base.with_override(MatcherConfig("byFrameRefID", options=_ref(place)), properties)
    for upper, lower in panel.bands:
        base = base.override_by_name(
            upper,
            [DynamicConfigValue("custom.fillBelowTo", lower), DynamicConfigValue("custom.fillOpacity", 16)],
        )
    for name, color in (_label_colors(panel) | dict(panel.colors)).items():
        base = base.override_by_name(
            name, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})]
        )
    for value, name in panel.names.items():
        base = base.override_by_name(value, [DynamicConfigValue("displayName", name)])
    return base


def _label_colors(panel: Panel) -> dict[str, str]:
    """Colours of lines that are an app or a tool each: on every board the same ones, whoever is missing."""
    if panel.kind != "timeseries":
        return {}
    colors: dict[str, str] = {}
    if "{{app}}" in panel.queries:
        colors |= dict(zip(sorted(Settings().regions), APP_COLORS, strict=False))
    tools = zip(TOOLS.items(), _TOOL_COLORS, strict=True)
    for (tool, name), color in tools:
        colors |= {tool: color} if "{{tool}}" in panel.queries else {}
        colors |= {name: color} if name in panel.queries else {}
    return colors


def _links(panel: Panel) -> list[Any]:
    """What lies one click deeper; of a guarded trend who explains its change, and the runbook."""
    guarded = panel.alerts if panel.kind == "timeseries" else ()
    where = to_where(signals_of_alerts(guarded))
    runbook = {"Runbook": f"/runbooks/{guarded[0]}"} if guarded else {}
    return [_link(title, url) for title, url in {**panel.links, **where, **runbook}.items()]


def _ref(place: int) -> str:
    return chr(ord("A") + place)


def _queries(panel: Panel) -> list[tuple[str, str]]:
    return [*panel.queries.items(), *((column.title, column.expr) for column in panel.columns if column.expr)]


def _looks(panel: Panel, legend: str) -> list[list[DynamicConfigValue]]:
    style = panel.styles.get(legend)
    if style is None:
        return []
    properties = [DynamicConfigValue("custom.lineWidth", style.width)]
    if not style.width:
        hidden = {"legend": True, "tooltip": False, "viz": False}
        properties.append(DynamicConfigValue("custom.hideFrom", hidden))
    if style.color:
        color = {"mode": "fixed", "fixedColor": style.color}
        properties.append(DynamicConfigValue("color", color))
    if style.dashed:
        dash = {"fill": "dash", "dash": [6, 6]}
        properties += [
            DynamicConfigValue("custom.lineStyle", dash),
            DynamicConfigValue("custom.fillOpacity", 0),
        ]
    return [properties]


def _thresholds(panel: Panel) -> Any:
    steps = list(panel.steps) or bounds(panel.alerts)
    # Without a bound a number is neither good nor bad: green would claim that it is good.
    low = "green" if steps else "text"
    if not panel.steps and steps and steps[0][1] == "green":
        low = "red"
    marks = [
        Threshold(value=None, color=low),
        *[Threshold(value=value, color=color) for value, color in steps],
    ]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(marks)


def _mappings(states: States) -> list[Any]:
    """Words for numbers; a division of nothing by nothing is no number to decide on."""
    none = SpecialValueMap(
        DashboardSpecialValueMapOptions(
            match="nan",
            result=ValueMappingResult(text=NO_VERDICT, color="text", index=len(states)),
        )
    )
    if not states:
        return [none]
    words = {
        number: ValueMappingResult(text=text, color=color, index=index)
        for index, (number, (text, color)) in enumerate(states.items())
    }
    return [ValueMap(options=words), none]


def _timeseries(panel: Panel) -> Any:
    style = GraphThresholdsStyleMode.DASHED if bounds(panel.alerts) else GraphThresholdsStyleMode.OFF
    if bounds(panel.alerts) and panel.is_harm_filled:
        style = GraphThresholdsStyleMode.DASHED_AND_AREA
    lines = common.GraphThresholdsStyleConfig().mode(style)
    filled = 0 if panel.bands else 6
    return timeseries.Panel().thresholds_style(lines).fill_opacity(filled).line_width(1).legend(_legend())


def _stat(panel: Panel) -> Any:
    mode = BigValueGraphMode.NONE if panel.states else BigValueGraphMode.AREA
    return stat.Panel().graph_mode(mode).reduce_options(_last())


def _bargauge(_panel: Panel) -> Any:
    return bargauge.Panel().reduce_options(_last()).orientation("horizontal")


def _statetimeline(_panel: Panel) -> Any:
    return statetimeline.Panel().merge_values(True).legend(_legend())


def _table(panel: Panel) -> Any:
    """Rows by label set: the queries' values meet in columns, in the order declared."""
    labels = [column for column in panel.columns if not column.expr]
    values = [column for column in panel.columns if column.expr]
    keys = {column.title: column.label or f"Value #{_ref(place)}" for place, column in enumerate(values)}
    keys |= {column.title: column.label for column in labels}
    names = {keys[column.title]: column.title for column in panel.columns}
    # One query alone has the field Value: so has the first one while none of the others gives anything.
    first = names["Value #A"]
    names["Value"] = first
    order = [key for column in panel.columns for key in names if names[key] == column.title]
    base = table.Panel().with_transformation(DataTransformerConfig("merge", options={}))
    base = base.with_transformation(
        DataTransformerConfig(
            "organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {key: place for place, key in enumerate(order)},
                "renameByName": names,
            },
        )
    )
    if panel.sort:
        base = base.sort_by([common.TableSortByFieldState().display_name(panel.sort).desc(True)])
    for column in panel.columns:
        base = base.override_by_name(column.title, _cells(column))
    return base


def _cells(column: BoardColumn) -> list[DynamicConfigValue]:
    properties = [
        DynamicConfigValue("unit", column.unit),
        DynamicConfigValue("noValue", column.empty),
    ]
    if column.decimals is not None:
        properties.append(DynamicConfigValue("decimals", column.decimals))
    options = {
        value: {"text": text, "color": color, "index": index}
        for index, (value, (text, color)) in enumerate(column.states.items())
    }
    nothing = {"match": "null+nan", "result": {"text": column.empty, "color": "text"}}
    mappings: list[Any] = [{"type": "value", "options": options}] if options else []
    if column.expr:
        mappings.append({"type": "special", "options": nothing})
    if mappings:
        properties.append(DynamicConfigValue("mappings", mappings))
    if column.steps:
        steps: list[dict[str, object]] = [{"color": "text", "value": None}]
        steps += [{"color": color, "value": value} for value, color in column.steps]
        properties.append(DynamicConfigValue("thresholds", {"mode": "absolute", "steps": steps}))
    if column.bar:
        properties += [
            DynamicConfigValue("min", 0),
            DynamicConfigValue("max", column.bar),
            DynamicConfigValue("custom.cellOptions", {"type": "gauge", "mode": "basic"}),
        ]
    elif column.steps or column.states:
        properties.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
    if column.link:
        properties.append(DynamicConfigValue("links", [{"title": column.title, "url": column.link}]))
    if column.width:
        properties.append(DynamicConfigValue("custom.width", column.width))
    return properties


def _legend() -> Any:
    return common.VizLegendOptions().show_legend(True).display_mode("list").placement("bottom").calcs([])


def _last() -> Any:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _link(title: str, url: str) -> Any:
    return dashboard.DashboardLink(title).type(DashboardLinkType.LINK).url(url)


_KINDS = {
    "timeseries": _timeseries,
    "stat": _stat,
    "bargauge": _bargauge,
    "statetimeline": _statetimeline,
    "table": _table,
}
