"""The amounts that a record adds to sums without a series: by size, and by identity.

A label ``bucket`` holds the record's own size here, so that quantiles are compared with exact ones. A line
of 0 is left out: such a sum leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, human, integer
from creator_pulse.proof.ledger.measures import EARNINGS
from creator_pulse.proof.ledger.truth import DAY_MS, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from creator_pulse.proof.ledger.streaks import Gift
    from creator_pulse.proof.ledger.validation import Event

_MICRO = 10**6
_LARGEST = 2**62
_HOUR_MS = 3_600_000


def of_gift(gift: Gift, lines: Lines) -> tuple[Line, ...]:
    """Hidden lines of a ``gift_sent`` record or a booked streak.

    Args:
        gift: with the counts that apply.
        lines: those of the same record that series show.
    """
    return _traces([*_gift(gift, lines), *_by_creator(dict(gift.record), lines)])


def of_event(books: Books, event: Event, lines: Lines) -> tuple[Line, ...]:
    """Hidden lines of any other record.

    Args:
        books: dated rates, to micro-USD.
        event: the decoded record, which ``validation`` has accepted.
        lines: those of the same record that series show.
    """
    make = _MAKERS.get(str(event["event_type"]))
    own = [] if make is None else list(make(books, event))
    return _traces([*own, *_by_creator(event, lines)])


def _traces(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.value)


def _by_creator(event: Event, lines: Lines) -> Iterator[Line]:
    labels = (str(event["app"]), str(event["creator_id"]))
    for name, _, value in lines.accepted:
        if name in EARNINGS:
            yield Line(f"{name}_by_creator", labels, value)


def _said(event: Event, *names: str) -> tuple[str, ...]:
    return (str(event["app"]), *(str(event.get(name) or "") for name in names))


def _gift(gift: Gift, lines: Lines) -> Iterator[Line]:
    record = dict(gift.record)
    viewer = _said(record, "viewer_id")
    pair = _said(record, "creator_id", "viewer_id")
    yield Line("room_coins", _said(record, "room_id"), gift.coins)
    yield Line("gift_kind_coins", _said(record, "gift_id"), gift.coins)
    yield Line("gifter_coins", viewer, gift.coins)
    yield from (Line("gifter_usd", viewer, value) for name, _, value in lines.accepted if name == "gift_usd")
    if record.get("room_id"):
        yield Line("live_gifter_coins", viewer, gift.coins)
    yield Line("gifter_sends", viewer, gift.gifts)
    yield Line("pair_coins", pair, gift.coins)
    if integer(record, "minor_score_bps") >= 8_000:
        yield Line("minor_coins", viewer, gift.coins)
    age = record.get("account_age_days")
    if isinstance(age, int):
        if age < 7:
            yield Line("newcomer_coins", viewer, gift.coins)
        if gift.gifts:
            # Sum and count of ages: their quotient is the mean age of a pair's account.
            yield Line("pair_aged_gifts", pair, 1)
            yield Line("pair_age_days", pair, min(max(age, 0), 100_000))
    if gift.gifts:
        room = _said(record, "room_id", "viewer_id")
        yield Line("pair_equal_gifts", (*room, str(gift.coins)), 1)
        for name in ("device_hash", "payment_hash"):
            if record.get(name) is not None:
                yield Line(f"ring_{name}_gifts", _said(record, "creator_id", name, "viewer_id"), 1)
        if record["gift_type"] == 1:
            yield Line("gift_streak_sizes", (str(record["app"]), str(gift.repeat_count)), 1)


def _impression(books: Books, event: Event) -> Iterator[Line]:
    if event["billable"] is not True or not human(event):
        return
    price = books.usd(event, "price_micros_cpm")
    surface = str(event.get("surface") or "unknown")
    yield Line("ad_price_sizes", (str(event["app"]), _size(price // _MICRO)), 1)
    yield Line("advertiser_usd", _said(event, "advertiser_id", "campaign_id"), price)
    yield Line("viewer_ads", (str(event["app"]), surface, *_said(event, "viewer_id")[1:]), 1)
    yield Line("pair_ads", _said(event, "campaign_id", "viewer_id"), 1)


def _heartbeat(_: Books, event: Event) -> Iterator[Line]:
    watched = integer(event, "organic_ms") + integer(event, "ad_ms")
    yield Line("viewer_watch_ms", _said(event, "surface", "viewer_id"), watched)
    yield Line("creator_watch_ms", _said(event, "creator_id"), watched)
    if event["surface"] == "live":
        yield Line("viewer_live_ms", _said(event, "viewer_id"), watched)


def _act(_: Books, event: Event) -> Iterator[Line]:
    kind = str(event["event_type"])
    yield Line(f"viewer_{kind}s", _said(event, "viewer_id"), 1)
    yield Line(f"creator_{kind}s", _said(event, "creator_id"), 1)


def _order(books: Books, event: Event) -> Iterator[Line]:
    if event.get("is_sample") is not True:
        size = _size(books.usd(event, "value_micros") // _MICRO)
        yield Line("order_value_sizes", (str(event["app"]), size), 1)
        if event.get("attribution") == "live":
            yield Line("live_buyer_orders", _said(event, "viewer_id"), 1)
        yield Line("orders_by_creator", _said(event, "creator_id"), 1)
        yield Line("payer_orders", _said(event, "viewer_id"), 1)
        yield Line("buyer_usd", _said(event, "viewer_id"), books.usd(event, "value_micros"))


def _back(_: Books, event: Event) -> Iterator[Line]:
    delay = integer(event, "event_time") - integer(event, "original_event_time")
    # After the buyer's hold of an hour, and up to a day: FR11 of 24 h.
    if event.get("is_sample") is not True and _HOUR_MS < delay <= DAY_MS:
        yield Line(f"{event['event_type']}_by_creator", _said(event, "creator_id"), 1)


def _reward(books: Books, event: Event) -> Iterator[Line]:
    size = _size(books.usd(event, "rpm_micros") // _MICRO)
    yield Line("reward_rpm_sizes", (str(event["app"]), size), 1)


def _published(_: Books, event: Event) -> Iterator[Line]:
    name = {"video_posted": "creator_videos_posted", "live_started": "creator_lives_started"}
    yield Line(name[str(event["event_type"])], _said(event, "creator_id"), 1)


def _paid(_: Books, event: Event) -> Iterator[Line]:
    paid = event.get("paid_time")
    # Without the field the record's own time is when the payout arrived.
    at = paid if isinstance(paid, int) else integer(event, "event_time")
    yield Line("payout_delay_sizes", (str(event["app"]), _size(at - integer(event, "due_time"))), 1)
    yield Line(f"creator_payouts_{event['tool']}", _said(event, "creator_id"), 1)


_WAITS = {
    "deal_agreed": "answer",
    "deal_declined": "refusal",
    "deal_approved": "review",
    "deal_paid": "payment",
}


def _deal(_: Books, event: Event) -> Iterator[Line]:
    if event["event_type"] == "deal_agreed":
        yield Line("pair_deals", _said(event, "advertiser_id", "creator_id"), 1)
    waited = event.get("in_state_ms")
    # -1 where the step before is not known.
    if isinstance(waited, int) and waited >= 0:
        name = _WAITS[str(event["event_type"])]
        yield Line(f"deal_{name}_sizes", (str(event["app"]), _size(waited)), 1)


def _room_stat(_: Books, event: Event) -> Iterator[Line]:
    room = _said(event, "room_id")
    yield Line("readings_by_room", room, 1)
    yield Line("viewers_by_room", room, integer(event, "concurrent"))
    yield Line("messages_by_room", room, integer(event, "chat_messages"))


def _eligible(_: Books, event: Event) -> Iterator[Line]:
    yield Line(f"creator_eligible_{event['tool']}", _said(event, "creator_id"), 1)


def _enrolled(_: Books, event: Event) -> Iterator[Line]:
    yield Line(f"creator_enrolled_{event['tool']}", _said(event, "creator_id"), 1)
    yield Line("creator_enrolments", _said(event, "creator_id"), 1)
    earned = event.get("first_earned_time")
    if isinstance(earned, int) and earned < integer(event, "event_time"):
        yield Line("creator_imports", _said(event, "creator_id"), 1)


def _size(value: int) -> str:
    # A label, so a text; `figures.sql` puts sizes into buckets by itself.
    return str(min(max(value, 0), _LARGEST))


_MAKERS: Mapping[str, Callable[[Books, Event], Iterator[Line]]] = {
    "impression": _impression,
    "heartbeat": _heartbeat,
    **dict.fromkeys(("like", "comment", "share", "follow"), _act),
    "room_stat": _room_stat,
    "order_completed": _order,
    "order_cancelled": _back,
    "order_refunded": _back,
    "reward_accrued": _reward,
    "payout_paid": _paid,
    **dict.fromkeys(("video_posted", "live_started"), _published),
    "tool_enrolled": _enrolled,
    "tool_eligible": _eligible,
    **dict.fromkeys(_WAITS, _deal),
}
