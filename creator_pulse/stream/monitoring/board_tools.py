"""A board for each of the five tools, two for what concerns all: every metric of it, by tier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.board_parts import Board, Panel
from creator_pulse.stream.monitoring.board_values import (
    PLACES,
    WHERE,
    last_minute,
    panel_of,
    states,
    usd_tile,
)

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Metric


@dataclass(frozen=True, slots=True)
class _Tool:
    """The title of a tool's board, and its counters that move within seconds.

    Attributes:
        name: in a title.
        question: of the board.
        live: legend -> counter without ``pulse_``.
    """

    name: str
    question: str
    live: dict[str, str]


_TOOLS = {
    "gift": _Tool(
        "gifts",
        "Do viewers give, and is it well?",
        {"given": "gift_usd_total", "to creators": "creator_gift_usd_total"},
    ),
    "ad": _Tool(
        "ads",
        "Do ads earn without driving viewers away?",
        {"revenue": "ad_revenue_usd_total", "to creators": "creator_ad_usd_total"},
    ),
    "reward": _Tool("creator fund", "Are views rewarded as planned?", {"to creators": "reward_usd_total"}),
    "deal": _Tool(
        "brand partnerships", "Do brands and creators come to terms?", {"agreed": "deal_usd_total"}
    ),
    "commerce": _Tool(
        "commerce",
        "Do viewers buy, and keep what they bought?",
        {"GMV": "gmv_usd_total", "to creators": "commission_usd_total"},
    ),
}


_ALL, _GROWTH = "all", "growth"
_OF_ALL = {
    _ALL: ("all tools", "What concerns every tool at once."),
    _GROWTH: ("growth", "Who joins, who stays, and what grows, over all tools."),
}
"""Board -> end of its title, and what it is about."""
_TIERS = {
    "north star": "What it is all for",
    "core": "How the tool does",
    "supporting": "What explains it",
    "guardrail": "What keeps it honest",
}


def boards() -> dict[str, Board]:
    """Dashboards by file stem; pipeline metrics have a dashboard of their own."""
    return {name: _board(name) for name in (_ALL, _GROWTH, *_TOOLS)}


def board_of(metric: Metric) -> str:
    """The file stem of the board that shows a metric; that of the growth of all tools is one of its own."""
    return _GROWTH if metric.tool == _ALL and metric.id.startswith("GR") else metric.tool


def _board(tool: str) -> Board:
    of_tool = [metric for metric in METRICS if board_of(metric) == tool]
    rows: dict[str, tuple[Panel, ...]] = {}
    if tool in _TOOLS:
        rows["Right now"] = (_live(tool), _paid(tool), states(of_tool, "Guardrails of this tool", 16))
    for tier, title in _TIERS.items():
        rows[title] = tuple(panel_of(metric) for metric in of_tool if metric.tier == tier)
    tool_board = _TOOLS.get(tool)
    return Board(
        uid=f"pulse-{tool}",
        title=f"Creator Pulse: {tool_board.name if tool_board else _OF_ALL[tool][0]}",
        description=tool_board.question if tool_board else _OF_ALL[tool][1],
        variables=PLACES,
        rows={title: panels for title, panels in rows.items() if panels},
    )


def _live(tool: str) -> Panel:
    return usd_tile(
        "Last minute",
        "Counted before windows close: it moves within seconds.",
        {legend: last_minute(counter) for legend, counter in _TOOLS[tool].live.items()},
    )


def _paid(tool: str) -> Panel:
    where = ",".join((*WHERE, f'tool="{tool}"', 'outcome="paid"'))
    return usd_tile(
        "Paid out, last hour",
        "What reached creators for this tool.",
        {"paid": f"sum(increase(pulse_payout_usd_total{{{where}}}[1h]))"},
    )
