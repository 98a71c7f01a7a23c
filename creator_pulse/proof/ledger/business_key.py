"""The producer's business key of a record, written by hand from the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.validation import Event


def business_key(topic: str, event: Event) -> tuple[object, ...] | None:
    """The key of a valid record; None where it has none.

    Args:
        topic: input topic without prefix, for example ``gift``.
        event: the decoded record, which ``validation`` has accepted.
    """
    named = _named(topic, event)
    if named is None:
        return None
    # An empty text says as little as an absent one.
    name, *rest = (None if event.get(field) == "" else event.get(field) for field in named)
    if name is None or (named[0] == "creator_id" and name == "-"):
        return None
    return event["event_type"], name, *rest


def _named(topic: str, event: Event) -> tuple[str, ...] | None:
    """The field of the id, and those that tell the records of one id apart; None without a key."""
    kind = str(event["event_type"])
    if kind == "gift_sent":
        # Progress of a streak repeats the transaction's id with each count.
        progress = event.get("gift_type") == 1 and event.get("repeat_end") is not True
        return None if progress else ("transaction_id",)
    if topic == "ad":
        return "imp_id", "milestone"
    if topic in {"deal", "payout", "wallet"}:
        return {
            "deal": ("deal_id", "event_time"),
            "payout": ("payout_id", "attempt"),
            "wallet": ("topup_id",),
        }[topic]
    return {
        "gift_reversed": ("transaction_id", "coins", "original_event_time"),
        "order_completed": ("order_id",),
        "order_settled": ("order_id",),
        "fraud_reported": ("order_id",),
        "order_cancelled": ("order_id", "refund_micros", "original_event_time"),
        "order_refunded": ("order_id", "refund_micros", "original_event_time"),
        "dispute_opened": ("order_id", "value_micros", "original_event_time"),
        "dispute_closed": ("order_id", "outcome"),
        "reward_accrued": ("video_id", "event_time"),
        "reward_reversed": ("creator_id", "reward_micros", "original_event_time"),
    }.get(kind)
