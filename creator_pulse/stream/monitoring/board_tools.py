"""A board for each of the five tools: how it does, what must not break, and what explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.board_alert_panels import firing, guardrails, states
from creator_pulse.stream.monitoring.board_forms import panels_of, spreads_of, usd_tile
from creator_pulse.stream.monitoring.board_guarding import guarding
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow
from creator_pulse.stream.monitoring.board_signals import signals_of
from creator_pulse.stream.monitoring.board_values import PLACES, WHERE, counted
from creator_pulse.stream.monitoring.board_words import TOOLS

if TYPE_CHECKING:
    from creator_pulse.stream.monitoring.board_panel import Panel

_MOST_OPEN = 24
"""Open panels of a board that a reader takes in."""


@dataclass(frozen=True, slots=True)
class _Tool:
    """The question of a tool's board, and its counters that move within seconds.

    Attributes:
        question: of the board.
        live: legend -> counter without ``pulse_``.
    """

    question: str
    live: dict[str, str]


_TOOLS = {
    "gift": _Tool(
        "Do viewers give, and is it well?",
        {"given": "gift_usd_total", "to creators": "creator_gift_usd_total"},
    ),
    "ad": _Tool(
        "Do ads earn without driving viewers away?",
        {"revenue": "ad_revenue_usd_total", "to creators": "creator_ad_usd_total"},
    ),
    "reward": _Tool("Are views rewarded as planned?", {"to creators": "reward_usd_total"}),
    "deal": _Tool("Do brands and creators come to terms?", {"agreed": "deal_usd_total"}),
    "commerce": _Tool(
        "Do viewers buy, and keep what they bought?",
        {"GMV": "gmv_usd_total", "to creators": "commission_usd_total"},
    ),
}


def boards() -> dict[str, Board]:
    """A board for each tool, by name."""
    return {tool: _board(tool) for tool in TOOLS}


def _board(tool: str) -> Board:
    of_tool = [metric for metric in METRICS if metric.tool == tool]
    chosen = f'tool="{tool}"'
    in_tier = {
        tier: tuple(panel for metric in of_tool if metric.tier == tier for panel in panels_of(metric))
        for tier in ("north star", "core", "guardrail", "supporting")
    }
    tiles = _tiles(tool)
    leading, signals = in_tier["north star"] + in_tier["core"], signals_of(tool)
    # The tiles, what fires, and the two panels of how near the guardrails are.
    others = len(tiles) + 1 + len(leading) + len(signals) + 2
    broken, broken_too = guarding(in_tier["guardrail"], _MOST_OPEN - others)
    return Board(
        uid=f"pulse-tool-{tool}",
        title=f"Creator Pulse: {TOOLS[tool].lower()}",
        description=_TOOLS[tool].question,
        variables=PLACES,
        chosen=chosen,
        rows=(
            BoardRow(
                _TOOLS[tool].question,
                (*tiles, firing(chosen, "Active alerts")),
            ),
            BoardRow("Is it as expected?", signals),
            BoardRow("How does the tool do?", leading),
            broken,
            BoardRow(
                "How near are the guardrails?",
                (
                    states(chosen, "Alerts over time"),
                    guardrails(
                        chosen,
                        "Nearest to their bounds",
                        "The guardrails that have used up most of the way from usual to the bound.",
                        most=12,
                        height=10,
                    ),
                ),
            ),
            broken_too,
            BoardRow("What explains it?", in_tier["supporting"], closed=True),
            BoardRow(
                "Distributions",
                tuple(panel for metric in of_tool for panel in spreads_of(metric)),
                closed=True,
            ),
        ),
    )


def _tiles(tool: str) -> tuple[Panel, ...]:
    where = ",".join((*WHERE, f'tool="{tool}"', 'outcome="paid"'))
    return (
        *(
            usd_tile(
                f"{legend[:1].upper()}{legend[1:]}, last minute",
                "Counted before windows close: it moves within seconds.",
                {legend: counted(counter)},
            )
            for legend, counter in _TOOLS[tool].live.items()
        ),
        usd_tile(
            "Paid out, last hour",
            "What reached creators for this tool.",
            {"paid": f"sum(increase(pulse_payout_usd_total{{{where}}}[1h]))"},
        ),
    )
