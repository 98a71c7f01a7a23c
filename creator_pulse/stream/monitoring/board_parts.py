"""A board: rows of panels under a question, its variables, links and marks, and its JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from creator_pulse.stream.monitoring.board_grid import COLUMNS, GridCell, Size, placed
from creator_pulse.stream.monitoring.board_links import API
from creator_pulse.stream.monitoring.board_marks import Mark, marks
from creator_pulse.stream.monitoring.board_panel import SOURCE, Panel, built
from creator_pulse.stream.monitoring.sdk import (
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    JSONEncoder,
    VariableRefresh,
    dashboard,
)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A row of a board.

    Attributes:
        title: the question that its panels answer.
        panels: from left to right.
        closed: whether a click opens it: it explains, and no decision hangs on it.
    """

    title: str
    panels: tuple[Panel, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One board.

    Attributes:
        uid: links and alerts rely on it.
        title: for people.
        description: the question that it answers.
        rows: those without panels are left out.
        variables: the choices of a reader.
        since: how much it shows at first, for example ``15m``.
        chosen: matchers of the alerts that it marks, such as ``tool="gift"``; empty: all.
    """

    uid: str
    title: str
    description: str
    rows: tuple[BoardRow, ...]
    variables: tuple[Any, ...] = field(default=())
    since: str = "15m"
    chosen: str = ""


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


def to_json(board: Board, api: str) -> bytes:
    """The board as classic dashboard JSON, valid for Grafana 10 to 13.

    Args:
        board: its rows and variables.
        api: the API's address, which links on it lead to.
    """
    model = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["pulse"])
        .readonly()
        .time(f"now-{board.since}", "now")
        .refresh("5s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(_links())
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data Source").type("prometheus"))
    )
    by_app = any(item.build().name == "app" for item in board.variables)
    for mark in marks(board.chosen, by_app=by_app):
        model = model.annotation(_annotation(mark))
    for item in board.variables:
        model = model.with_variable(item)
    top, ids = 0, iter(range(1, 1000))
    for row in (row for row in board.rows if row.panels):
        head = dashboard.Row(row.title).id(next(ids)).grid_pos(GridPos(h=1, w=COLUMNS, x=0, y=top))
        bottom, cells = placed([Size(panel.width, panel.height) for panel in row.panels], top + 1)
        panels = [
            built(panel).id(next(ids)).grid_pos(_position(cell))
            for panel, cell in zip(row.panels, cells, strict=True)
        ]
        if row.closed:
            for panel in panels:
                head = head.with_panel(panel)
            model = model.with_row(head)
            # A closed row takes one line, whatever it holds.
            top += 1
        else:
            model = model.with_row(head)
            for panel in panels:
                model = model.with_panel(panel)
            top = bottom
    text = _text(model)
    if f"${{{API}:" in text:
        text = _text(model.with_variable(_constant(API, "API", api)))
    return (text + "\n").encode()


def _text(model: Any) -> str:
    return json.dumps(model.build(), cls=JSONEncoder, sort_keys=True, indent=2)


def _constant(name: str, label: str, value: str) -> Any:
    """A variable that no reader chooses: hidden, the same for all."""
    return dashboard.ConstantVariable(name).label(label).value(value)


def _position(cell: GridCell) -> Any:
    return GridPos(h=cell.height, w=cell.width, x=cell.x, y=cell.y)


def _links() -> Any:
    link = dashboard.DashboardLink("Creator Pulse boards").type(DashboardLinkType.DASHBOARDS).tags(["pulse"])
    return link.include_vars(True).keep_time(True).as_dropdown(False)


def _annotation(mark: Mark) -> Any:
    query = dashboard.AnnotationQuery().name(mark.title).datasource(SOURCE).enable(True)
    return query.expr(mark.expr).icon_color(mark.color).title_format(mark.text).step("60s")
