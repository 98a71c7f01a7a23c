"""A board for each of the four parties: is it well, by the core of the map, and what guards it?"""

from __future__ import annotations

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.catalog.stakeholder_map import STAKEHOLDER_MAP, MapCell
from creator_pulse.stream.monitoring.board_alert_panels import firing, guardrails, states
from creator_pulse.stream.monitoring.board_forms import panels_of, spreads_of, tile_of
from creator_pulse.stream.monitoring.board_guarding import guarding
from creator_pulse.stream.monitoring.board_panel import Panel
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow
from creator_pulse.stream.monitoring.board_signals import signals_of_party
from creator_pulse.stream.monitoring.board_values import PLACES
from creator_pulse.stream.monitoring.board_words import PARTIES, UNKNOWN
from creator_pulse.stream.monitoring.guardrail_records import PARTY, RANKS, alerts_of

QUESTIONS = {
    "creators": "Is the creators' income fair and steady?",
    "viewers": "Are viewers neither overloaded nor exploited?",
    "advertisers": "Is the attention that advertisers pay for real and safe?",
    "platform": "Does the platform grow in a way that lasts?",
}
"""Party -> the question of its board."""
_MOST_OPEN = 6
"""Panels of the row of what must not break; a party has tiles of five tools above it."""
_BY_ID = {metric.id: metric for metric in METRICS}


def boards() -> dict[str, Board]:
    """A board for each party, by name."""
    return {party: _board(party) for party in PARTIES}


def _board(party: str) -> Board:
    core = tuple(dict.fromkeys(name for cell in _cells(party) for name in cell.core))
    chosen = f'alertname=~"{"|".join(alerts_of(party))}"'
    own = [
        metric
        for metric in METRICS
        # What concerns every tool stands with the party that asks first; growth has a board of its own.
        if metric.tool == "all" and metric.stakeholders[0] == party and not metric.id.startswith("GR")
    ]
    leading, guarded, explaining = (
        tuple(panel for metric in own if metric.tier in tiers for panel in panels_of(metric))
        for tiers in (("north star", "core"), ("guardrail",), ("supporting",))
    )
    spread = tuple(panel for metric in own for panel in spreads_of(metric))
    broken, broken_too = guarding(guarded, _MOST_OPEN)
    return Board(
        uid=f"pulse-party-{party}",
        title=f"Creator Pulse: {PARTIES[party].lower()}",
        description=QUESTIONS[party],
        variables=PLACES,
        chosen=chosen,
        rows=(
            BoardRow(
                QUESTIONS[party],
                (
                    _state(party),
                    *(tile_of(_BY_ID[name]) for name in core),
                    firing(chosen, "Active alerts"),
                ),
            ),
            BoardRow("Is it as expected?", signals_of_party(party)),
            BoardRow("Over all tools", leading),
            broken,
            BoardRow(
                "How near are the guardrails?",
                (
                    states(chosen, "Alerts over time"),
                    guardrails(
                        f'parties=~".*{party}.*"',
                        "Nearest to their bounds",
                        "The twelve guardrails that have used up most of the way from usual to the bound.",
                        most=12,
                    ),
                ),
            ),
            broken_too,
            BoardRow("What explains it?", explaining, closed=True),
            BoardRow("Distributions", spread, closed=True),
        ),
    )


def _cells(party: str) -> list[MapCell]:
    return [cell for cell in STAKEHOLDER_MAP.cells if cell.stakeholder == party]


def _state(party: str) -> Panel:
    return Panel(
        PARTIES[party],
        "Well while none of its guardrails is crossed; watch: one is, but not for long enough yet.",
        "short",
        {"state": f'max({PARTY}{{party="{party}"}})'},
        width=4,
        height=4,
        kind="stat",
        states=RANKS,
        empty=UNKNOWN,
    )
