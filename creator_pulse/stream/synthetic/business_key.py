"""What a record is about in the producer's business, written by hand from the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.synthetic.validation import Event

KEYED = frozenset({"gift", "ad", "purchase", "payout"})
"""Topics whose records have such a key."""


def business_key(topic: str, event: Event) -> tuple[object, ...] | None:
    """The key of a valid record; None where it has none.

    Args:
        topic: without prefix.
        event: the record.
    """
    kind = event["event_type"]
    if topic == "gift":
        progress = event.get("gift_type") == 1 and event.get("repeat_end") is not True
        return None if kind != "gift_sent" or progress else _key(event.get("transaction_id"))
    if topic == "ad":
        return _key(event.get("imp_id"), kind, event.get("milestone"))
    if topic == "purchase":
        return _key(event.get("order_id")) if kind == "order_completed" else None
    return _key(event.get("payout_id"), kind, event.get("attempt")) if topic == "payout" else None


def _key(name: object, *rest: object) -> tuple[object, ...] | None:
    return (name, *rest) if name else None
