"""The amounts that a reversal adds at the time of the original record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Lines, integer
from creator_pulse.proof.ledger.measures import DATED
from creator_pulse.proof.ledger.truth import DAY_MS, Line

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.validation import Event

_HOLD_MS = 3_600_000


def with_dated(lines: Lines, event: Event) -> Lines:
    """The lines, and those of reversals once more, at the original's time if that is within 14 days.

    Args:
        lines: of the record, at its own time.
        event: the decoded record, which ``validation`` has accepted.
    """
    then, now = integer(event, "original_event_time"), integer(event, "event_time")
    soon = 0 <= now - then <= 14 * DAY_MS
    lines_back = [
        Line(f"{line.measure}_dated", line.labels, line.value if soon else 0)
        for line in lines.accepted
        if line.measure in DATED
    ]
    kind = str(event["event_type"])
    counts = event.get("is_sample") is not True and now - then > _HOLD_MS
    if kind == "deal_agreed":
        # A deal agreed counts where its invitation lies, if that is known and not long ago.
        waited = integer(event, "in_state_ms")
        soon = 0 <= waited <= 14 * DAY_MS
        then = now - waited
        place = next(line.labels for line in lines.accepted if line.measure == "deals_agreed")
        lines_back.append(Line("deals_agreed_dated", place, 1 if soon else 0))
    if kind in {"order_cancelled", "order_refunded"} and soon and counts:
        who = (str(event["app"]), str(event["creator_id"]))
        lines_back.append(Line(f"{kind}_by_creator_dated", who, 1))
    return lines._replace(dated=(then if soon else now, tuple(lines_back)))
