"""The amounts that a record of the deal topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

_PLAIN = ("invited", "submitted", "changes_requested", "declined", "expired")


def _of(books: Books, event: Event, *more: Line) -> tuple[Line, ...]:
    """A deal has come into a state."""
    state = str(event["event_type"]).removeprefix("deal_")
    return (Line(f"deals_{state}", books.place(event), 1), *more)


def _plain(books: Books, event: Event) -> Lines:
    return Lines(_of(books, event))


def _agreed(books: Books, event: Event) -> Lines:
    place, value = books.place(event), books.usd(event, "value_micros")
    return Lines(_of(books, event, Line("deal_usd", place, value)), (Line("deal_late_usd", place, value),))


def _approved(books: Books, event: Event) -> Lines:
    place = books.place(event)
    deemed = 1 if event.get("approved_by") == "deemed" else 0
    value = Line("deal_approved_usd", place, books.usd(event, "value_micros"))
    return Lines(_of(books, event, value, Line("deals_deemed", place, deemed)))


def _posted(books: Books, event: Event) -> Lines:
    labelled = 1 if event.get("disclosure_label") is True else 0
    return Lines(_of(books, event, Line("deals_labelled", books.place(event), labelled)))


def _paid(books: Books, event: Event) -> Lines:
    place, value = books.place(event), books.usd(event, "value_micros")
    views = event.get("views")
    has_views = isinstance(views, int)
    return Lines(
        _of(
            books,
            event,
            Line("deal_paid_usd", place, value),
            Line("deals_reported", place, 1 if has_views else 0),
            Line("deal_views", place, integer(event, "views") if has_views else 0),
            Line("deal_reported_usd", place, value if has_views else 0),
        )
    )


def _cancelled(books: Books, event: Event) -> Lines:
    place = books.place(event)
    value = Line("deal_cancelled_usd", place, books.usd(event, "value_micros"))
    owed = Line("deal_payable_usd", place, books.usd(event, "payable_micros"))
    return Lines(_of(books, event, value, owed))


MAKERS: Mapping[str, Make] = {
    **{f"deal_{state}": _plain for state in _PLAIN},
    "deal_agreed": _agreed,
    "deal_approved": _approved,
    "deal_posted": _posted,
    "deal_paid": _paid,
    "deal_cancelled": _cancelled,
}
