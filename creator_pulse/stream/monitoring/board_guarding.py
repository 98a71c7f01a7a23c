"""The rows of what must not break: what pages is open, the rest is one click deeper."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.board_parts import BoardRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.monitoring.board_panel import Panel


def guarding(panels: Sequence[Panel], most: int) -> tuple[BoardRow, BoardRow]:
    """An open row with the panels whose guardrails page first, and a closed one with the others.

    The others are in the table of the nearest all the same.

    Args:
        panels: of guarded metrics, in the order of the catalogue.
        most: how many are open.
    """
    # Sorting is stable: among those that page the order stays.
    ordered = tuple(sorted(panels, key=lambda panel: _pages().isdisjoint(panel.alerts)))
    return (
        BoardRow("What must not break", ordered[:most]),
        BoardRow("More that must not break", ordered[most:], closed=True),
    )


@cache
def _pages() -> frozenset[str]:
    return frozenset(guardrail.alert for _, guardrail in declared() if guardrail.severity == "page")
