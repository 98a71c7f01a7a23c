"""The amounts that a record of the reward topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event


def _accrued(books: Books, event: Event) -> Lines:
    """Views are paid per thousand; the bonus is put on the same footing."""
    place = books.place(event)
    earned = integer(event, "qualified_views") * books.usd(event, "rpm_micros")
    value = earned + 1_000 * books.usd(event, "bonus_micros")
    return Lines(
        (
            Line("reward_usd", place, value),
            Line("reward_views", place, integer(event, "views")),
            Line("reward_qualified_views", place, integer(event, "qualified_views")),
        ),
        (Line("reward_late_usd", place, value),),
    )


def _reversed(books: Books, event: Event) -> Lines:
    return Lines((Line("reward_reversed_usd", books.place(event), books.usd(event, "reward_micros")),))


MAKERS: Mapping[str, Make] = {"reward_accrued": _accrued, "reward_reversed": _reversed}
