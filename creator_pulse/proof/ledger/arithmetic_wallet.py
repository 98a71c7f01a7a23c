"""The amounts that a record of the wallet topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer, too_young, unknown_word
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

# Where a single purchase of coins is capped.
_CAP_MICRO_USD = 500 * 10**6
_OF_CARDS = {
    "topup_settled": "topup_card_settled",
    "topup_disputed": "topup_card_disputed",
    "topup_fraud_reported": "topup_card_fraud",
}
_AFTERWARDS = ("failed", "settled", "disputed", "fraud_reported")


def _topup(books: Books, event: Event) -> Lines:
    kind = str(event["event_type"])
    line = Line(f"topups_{kind.removeprefix('topup_')}", books.place(event), 1)
    if kind not in _OF_CARDS:
        return Lines((line,))
    by_card = 1 if event.get("payment_method") == "card" else 0
    return Lines((line, Line(_OF_CARDS[kind], books.place(event), by_card)))


def _disputed(books: Books, event: Event) -> Lines:
    lost = "amount_micros" if event.get("net_micros") is None else "net_micros"
    line = Line("topup_charged_back_usd", books.place(event), books.usd(event, lost))
    return Lines((*_topup(books, event).accepted, line))


def _completed(books: Books, event: Event) -> Lines:
    place = books.place(event)
    unknown = unknown_word(event, "viewer_age_band") or unknown_word(event, "age_source")
    return Lines(
        (
            Line("topups_completed", place, 1),
            Line("topup_coins", place, integer(event, "coins")),
            Line("topup_usd", place, books.usd(event, "amount_micros")),
            Line("topup_capped_usd", place, min(books.usd(event, "amount_micros") // 10**6, _CAP_MICRO_USD)),
            Line("topup_net_usd", place, books.usd(event, "net_micros")),
        ),
        (Line("topup_coins_late", place, integer(event, "coins")),),
        marked=(
            Line("topups_by_minors", place, 1 if too_young(event) else 0),
            Line("topups_of_unknown_age", place, 1 if unknown else 0),
        ),
    )


MAKERS: Mapping[str, Make] = {
    "topup_completed": _completed,
    **{f"topup_{name}": _topup for name in _AFTERWARDS},
    "topup_disputed": _disputed,
}
