"""The amounts that a record of the payout topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

_OUTCOMES = ("scheduled", "initiated", "paid", "failed")
_OF_ALL_TOOLS = {"paid": "paid_payouts", "failed": "refused_payouts"}


def _payout(books: Books, event: Event) -> Lines:
    outcome = str(event["event_type"]).removeprefix("payout_")
    place, value = books.place(event), books.usd(event, "amount_micros")
    labels = (*place, str(event["tool"]))
    late = (Line("payout_late_usd", place, value),) if outcome == "paid" else ()
    lines = (Line(f"payout_{outcome}_usd", labels, value), Line(f"payouts_{outcome}", labels, 1))
    counted = tuple(Line(_OF_ALL_TOOLS[name], place, 1) for name in (outcome,) if name in _OF_ALL_TOOLS)
    return Lines(lines + counted + (_by_tool(event, place, value) if outcome == "paid" else ()), late)


def _by_tool(event: Event, place: tuple[str, str], value: int) -> tuple[Line, ...]:
    """What liability and the funnel know of a payout; 0 for the other tools."""
    result = []
    for tool in ("gift", "ad", "reward", "deal", "commerce"):
        counts = 1 if event["tool"] == tool else 0
        result += [
            Line(f"paid_{tool}_usd", place, value * counts),
            Line(f"payouts_paid_{tool}", place, counts),
        ]
    return tuple(result)


MAKERS: Mapping[str, Make] = {f"payout_{outcome}": _payout for outcome in _OUTCOMES}
