"""The amounts that a record of the gift topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer, too_young, unknown_word
from creator_pulse.proof.ledger.fields import MINOR_BANDS
from creator_pulse.proof.ledger.streaks import CAP_COINS, Gift
from creator_pulse.proof.ledger.truth import Line
from creator_pulse.proof.ledger.validation import Event, rated_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make

CAP_MICRO_USD = CAP_COINS * 14_300
"""Where a single value is capped: 1,000 coins at the default price."""


def sent(books: Books, gift: Gift) -> Lines:
    """Lines of a ``gift_sent`` record or a booked streak."""
    place = books.labels(gift.place[0], gift.place[1])
    price = books.coin_rate("price", gift.place, gift.event_time)
    earned = books.coin_rate("creator", gift.place, gift.event_time)
    value = gift.coins * price
    capped = gift.capped * price
    counts = gift.gifts > 0
    booked = counts and "net_usd_micros" in gift.record and "creator_usd_micros" in gift.record
    net = integer(gift.record, "net_usd_micros") if booked else 0
    share = integer(gift.record, "creator_usd_micros") if booked else 0
    return Lines(
        (
            Line("gifts", place, gift.gifts),
            Line("gift_coins", place, gift.coins),
            Line("gift_capped_coins", place, gift.capped),
            Line("gift_streaks_timed_out", place, gift.timed_out),
            Line("gift_usd", place, value),
            Line("gift_capped_usd", place, capped),
            Line("creator_gift_usd", place, gift.coins * earned),
            Line("gift_platform_usd", place, net - share),
            Line("gift_booked_net_usd", place, net),
            Line("gift_streaks", place, 1 if counts and gift.record["gift_type"] == 1 else 0),
            Line("gift_catalogue_drift", place, 1 if counts and _drifts(books, gift) else 0),
            Line("gift_match_coins", place, gift.coins if "match_id" in gift.record else 0),
        ),
        (Line("gift_late_usd", place, value), Line("gift_coins_late", place, gift.coins)),
        ("gift", "gift", min(capped, CAP_MICRO_USD)),
        (*_forbidden(gift, place), _unclosed(gift, place)),
    )


def _drifts(books: Books, gift: Gift) -> bool:
    """Whether the catalogue does not have the gift at its price."""
    price = books.references.coins(str(gift.record["gift_id"]), gift.event_time)
    return price != gift.record["unit_coins"]


def _unclosed(gift: Gift, place: tuple[str, str]) -> Line:
    """A streak that timed out opens a gap, an end that comes after that closes it."""
    record = gift.record
    closes = gift.gifts == 0 and record["gift_type"] == 1 and record["repeat_end"] is True
    return Line("gift_streaks_unclosed", place, gift.timed_out - (1 if closes else 0))


def _forbidden(gift: Gift, place: tuple[str, str]) -> tuple[Line, ...]:
    """What must not happen."""
    record = gift.record
    cap = record.get("cap_gift_coins")
    forbidden = {
        "gifts_by_minors": too_young(record),
        "gifts_to_minors": record.get("creator_age_band") in MINOR_BANDS,
        "gifts_of_unknown_age": any(
            unknown_word(record, field) for field in ("viewer_age_band", "creator_age_band", "age_source")
        ),
        "gifts_over_cap": isinstance(cap, int) and gift.coins > cap,
    }
    return tuple(Line(name, place, 1 if there and gift.gifts > 0 else 0) for name, there in forbidden.items())


def _reversed(books: Books, event: Event) -> Lines:
    platform = event.get("platform")
    where = (str(event["app"]), str(event["region"]), None if platform is None else str(platform))
    rate = books.coin_rate("creator", where, rated_at(event))
    price = books.coin_rate("price", where, rated_at(event))
    claimed = 1 if event.get("reason") == "minor_claim" else 0
    micros = integer(event, "coins") * rate
    charged = micros if event.get("reason") == "chargeback" else 0
    return Lines(
        (
            Line("gift_reversed_usd", books.place(event), micros),
            Line("gift_reversals", books.place(event), 1),
            Line("gift_charged_back_usd", books.place(event), charged),
            Line("gift_refunded_usd", books.place(event), integer(event, "coins") * price),
            Line("gifts_refunded", books.place(event), 1),
            Line("minor_claims", (str(event["app"]),), claimed),
            Line("gift_returned_coins", books.place(event), integer(event, "coins")),
        ),
        (Line("gift_returned_coins_late", books.place(event), integer(event, "coins")),),
    )


MAKERS: Mapping[str, Make] = {"gift_reversed": _reversed}
