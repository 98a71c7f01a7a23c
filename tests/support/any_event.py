"""Events with any values that the contract allows, by a seed: what traffic shows rarely or never."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.fields import FIELDS, Field

if TYPE_CHECKING:
    from random import Random

T0 = 1_760_000_040_000
_HOUR_MS = 3_600_000
_BEHIND_MS = (0, 0, 0, 0, 500, 90_000, 90_000, 5 * _HOUR_MS, 30 * _HOUR_MS, 80 * _HOUR_MS)
"""How far events lie in the past when they come: in time, late, too late for most windows, or for all."""
_USUAL = {
    "region": ("US", "KR", "CN", "FR"),
    "currency": ("USD", "EUR", "IDR", "CHF"),
    "platform": ("ios", "web"),
    "creator_tier": ("lt_10k", "10k_50k", "50k_1m", "ge_1m"),
    "ivt_class": ("none", "none", "givt", "odd"),
    "payment_method": ("card", "card", "wallet", "shells"),
    "approved_by": ("deemed", "platform"),
    "milestone": ("2s", "6s", "q25", "q50", "q75", "q100"),
    "viewer_age_band": ("under_18", "18", "25_34", "13_17", "lt_18", "teen"),
    "creator_age_band": ("under_18", "25_34", "16_17", "old"),
    "age_source": ("verified", "verified", "declared", "oracle"),
    "reason": ("minor_claim", "fraud", "chargeback", "mood"),
    "gift_id": ("rose", "no_such_gift", "galaxy"),
    "attribution": ("live", "video"),
}
_TIMES = {"original_event_time", "click_time", "due_time", "paid_time", "first_earned_time"}


def any_event(topic: str, kind: str, number: int, rng: Random) -> bytes:
    """A valid event; optional fields are there or not, integers go up to the ends of their ranges.

    Args:
        topic: without prefix.
        kind: event type.
        number: makes its id and its time, a second after the one before.
        rng: chooses.
    """
    now = T0 + number * 1_000
    event: dict[str, object] = {"event_type": kind, "schema_version": 1}
    for field in FIELDS[topic][kind]:
        if field.required or rng.random() < 0.7:
            event[field.name] = _value(field, now, rng)
    event |= {"event_id": f"e{number}", "event_time": now - rng.choice(_BEHIND_MS), "ingest_time": now}
    event["is_test"] = False
    if kind == "gift_sent":
        event |= {"group_id": f"g{rng.randrange(number + 1)}", "gift_type": rng.choice((1, 1, 2))}
    if topic == "deal":
        event["deal_id"] = f"d{rng.randrange(number + 1)}"
    if kind == "content_removed":
        event["video_id"] = "x"
    return json.dumps(event).encode()


def _value(field: Field, now: int, rng: Random) -> object:
    if field.kind is bool:
        return rng.random() < 0.5
    if field.kind is str:
        return rng.choice(sorted(field.listed) if field.listed else _USUAL.get(field.name, ("x", "y")))
    if field.name in _TIMES:
        return now - rng.randrange(40) * _HOUR_MS * rng.choice((1, 1, 1, 12))
    small = rng.randrange(1, 20)
    return rng.choice((small, small, max(field.low, 0), min(field.high, 10**14)))
