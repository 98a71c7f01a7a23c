"""The board of growth: who joins, who stays, and from which tools creators earn."""

from __future__ import annotations

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.board_alert_panels import alertnames, states
from creator_pulse.stream.monitoring.board_forms import panels_of, spreads_of, tile_of
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow
from creator_pulse.stream.monitoring.board_values import PLACES

_LETTERS = "GR"
"""Metrics of this room, whoever declares them."""


def board() -> Board:
    """Growth."""
    growth = [metric for metric in METRICS if metric.id.startswith(_LETTERS)]
    stars = [metric for metric in METRICS if metric.tool == "all" and metric.tier == "north star"]
    guarded = [metric for metric in growth if metric.guardrails]
    plain = [metric for metric in growth if not metric.guardrails]
    return Board(
        uid="pulse-growth",
        title="Creator Pulse: growth",
        description="Who joins, who stays, and from which tools do creators earn?",
        variables=PLACES,
        rows=(
            BoardRow("North star", tuple(tile_of(metric) for metric in stars)),
            BoardRow(
                "Who joins, and who stays?",
                tuple(panel for metric in guarded for panel in panels_of(metric)),
            ),
            BoardRow(
                "Tool by tool",
                tuple(panel for metric in plain for panel in panels_of(metric)),
            ),
            BoardRow(
                "Alerts",
                (states(f'alertname=~"{alertnames([*growth, *stars])}"', "Growth alerts over time"),),
            ),
            BoardRow(
                "Distributions",
                tuple(panel for metric in growth for panel in spreads_of(metric)),
                closed=True,
            ),
        ),
        since="6h",
    )
