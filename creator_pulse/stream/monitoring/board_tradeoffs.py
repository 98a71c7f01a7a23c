"""The board of trade-offs: what rises for one party must not fall for another; each as a pair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.commerce.metrics import EC1
from creator_pulse.stream.catalog.fraud.metrics import FR2, FR10
from creator_pulse.stream.catalog.gift.metrics import GI1
from creator_pulse.stream.catalog.platform.metrics import N1
from creator_pulse.stream.catalog.viewers.metrics import VX1, VX6, VX8
from creator_pulse.stream.monitoring.board_forms import panels_of
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow
from creator_pulse.stream.monitoring.board_values import PLACES

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Metric
    from creator_pulse.stream.monitoring.board_panel import Panel

_PAIRS = {
    "More earnings, and viewers stay?": (N1, VX6),
    "More ads, and viewers come back?": (VX1, VX8),
    "More gifts, and none from minors?": (GI1, FR2),
    "More orders, and they are kept?": (EC1, FR10),
}
"""Question -> metric of the gain, and metric of its possible cost."""


def board() -> Board:
    """The trade-offs."""
    return Board(
        uid="pulse-tradeoffs",
        title="Creator Pulse: trade-offs",
        description="Does what rises for one party harm another?",
        variables=PLACES,
        rows=tuple(
            BoardRow(question, tuple(replace(_drawn(metric), width=12, height=8) for metric in pair))
            for question, pair in _PAIRS.items()
        ),
        since="1h",
    )


def _drawn(metric: Metric) -> Panel:
    """The panel of a metric, with the region filled in which its fixed bounds are crossed."""
    panel = panels_of(metric)[0]
    return replace(panel, is_harm_filled=True)
