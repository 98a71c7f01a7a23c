"""Events of every type that come close together, with odd values, late ones, invalid ones and duplicates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.validation import check
from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.generator.model import Produced
from tests.support.any_event import T0, any_event
from tests.support.lane_harness import PARTITIONS

if TYPE_CHECKING:
    from random import Random

DEALS = (
    ("deal_invited", "deal_agreed", "deal_submitted", "deal_approved", "deal_posted", "deal_paid"),
    ("deal_invited", "deal_declined"),
)
RATED = {"ad": "impression", "purchase": "order_completed", "reward": "reward_accrued"}
"""Topic -> a type whose records need a rate."""


def burst(topic: str, hour: int, each: int, rng: Random) -> list[Produced]:
    """Events of all types of a topic, mixed, a second apart.

    Args:
        topic: without prefix.
        hour: after ``T0``, when the first one comes.
        each: of a type.
        rng: chooses.
    """
    kinds = [kind for kind in TOPICS[topic].types() for _ in range(each)]
    rng.shuffle(kinds)
    kinds.insert(0, RATED.get(topic, kinds[0]))
    found = []
    for number, kind in enumerate(kinds, hour * HOUR_MS // 1000):
        value = any_event(topic, kind, number, rng)
        found.append(Produced(topic, b"x", value, T0 + number * 1000, rng.randrange(PARTITIONS)))
    # Once more the first one, the same id with another content, something that is no event, and a currency
    # that nobody told us of.
    first = found[0].value or b""
    for other in (first, _with_more(first), b"{", _in_gold(first)):
        found.append(found[-1]._replace(value=other, partition=found[0].partition))
    return found + (_whole_deals(found[-1], rng) if topic == "deal" else [])


def _whole_deals(after: Produced, rng: Random) -> list[Produced]:
    """Deals that go their whole way; odd events hardly ever do."""
    found = []
    steps = [(number, kind) for number, kinds in enumerate(DEALS) for kind in kinds]
    for step, (number, kind) in enumerate(steps, (after.timestamp_ms - T0) // 1000 + 1):
        event = json.loads(any_event("deal", kind, step, rng))
        whole = event | {"deal_id": f"d{after.timestamp_ms}-{number}", "event_time": T0 + step * 1000}
        found.append(after._replace(value=json.dumps(whole).encode(), timestamp_ms=T0 + step * 1000))
    return found


def _with_more(value: bytes) -> bytes:
    return json.dumps(json.loads(value) | {"unlisted": 1}).encode()


def _in_gold(value: bytes) -> bytes:
    return json.dumps(json.loads(value) | {"currency": "XAU", "event_id": "gold"}).encode()


def last_word(topic: str, hour: int, rng: Random) -> list[Produced]:
    """Time records of an hour after ``T0``, one for each partition: they close what ends before."""
    kind = next(iter(TOPICS[topic].types()))
    at = T0 + hour * HOUR_MS
    while True:
        drawn: dict[str, object] = json.loads(any_event(topic, kind, hour * HOUR_MS // 1000, rng))
        event = drawn | {"event_time": at, "ingest_time": at, "is_test": True}
        if "currency" in event:
            event["currency"] = "USD"
        value = json.dumps(event).encode()
        if check(topic, event, value) is None:  # else it is invalid, and moves no time
            break
    return [Produced(topic, b"x", value, at, number) for number in range(PARTITIONS)]
