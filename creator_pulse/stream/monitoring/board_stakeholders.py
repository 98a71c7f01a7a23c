"""The board of the four parties that must all stay well: the core of the map, and its guardrails.

What explains the core stands on the boards of the tools.
"""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.stakeholder_map import STAKEHOLDER_MAP, STAKEHOLDERS
from creator_pulse.stream.monitoring.board_parts import Board, Panel
from creator_pulse.stream.monitoring.board_values import PLACES, states, tile_of

QUESTIONS = {
    "creators": "Creators: is their income fair and steady?",
    "viewers": "Viewers: are they neither overloaded nor exploited?",
    "advertisers": "Advertisers: is the attention real and safe?",
    "platform": "The platform: is it growth that lasts?",
}
"""Stakeholder -> the question of its row; who is on call has the pipeline board."""
_BY_ID = {metric.id: metric for metric in METRICS}


def board() -> Board:
    """The stakeholders."""
    return Board(
        uid="pulse-stakeholders",
        title="Creator Pulse: stakeholders",
        description="Are all four parties well?",
        variables=PLACES,
        rows={QUESTIONS[who]: _row(who) for who in STAKEHOLDERS if who in QUESTIONS},
    )


def _row(who: str) -> tuple[Panel, ...]:
    cells = [cell for cell in STAKEHOLDER_MAP.cells if cell.stakeholder == who]
    core = dict.fromkeys(name for cell in cells for name in cell.core)
    guards = dict.fromkeys(name for cell in cells for name in cell.guardrail)
    tiles = [tile_of(_BY_ID[name]) for name in core]
    return (
        *(replace(tile, title=f"{who.capitalize()}: {tile.title}") for tile in tiles),
        states((_BY_ID[name] for name in guards), f"Guardrails for {who}"),
    )
