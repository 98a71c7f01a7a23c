"""What is booked again under another event id is counted as such, and nothing is dropped."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from tests.support.any_event import any_event
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, batch, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.ingestion.source_lane import SourceLane

SETTINGS = Settings(out_of_orderness_ms=0, allowed_lateness_ms=60_000, dedup_horizon_ms=20_000)
STAMP = T0 + 3_600_000
"""Kafka's timestamp of a few minutes of traffic: none of its times is the future."""
STREAK = {"gift_type": 1, "group_id": "g", "transaction_id": "t"}


def lane(topic: str) -> SourceLane:
    """A lane that has read nothing."""
    return Topology(SETTINGS, HASH_KEY).source_lane(topic)


def total(of: SourceLane, family: str, **labels: str) -> float:
    """A counter, summed over its other labels."""
    return sum(
        sample.value
        for sample in of.snapshot().samples
        if sample.family == f"pulse_{family}" and labels.items() <= dict(sample.labels).items()
    )


def again(topic: str, *values: bytes) -> float:
    """How many of some records were booked before."""
    made = lane(topic)
    made.apply(batch(*values))
    assert total(made, "records_total", outcome="invalid") == 0
    return total(made, "semantic_duplicates_total")


def numbered(topic: str, kind: str, *own: dict[str, Any]) -> list[bytes]:
    """Records of one type with event ids of their own."""
    return [record(topic, kind, event_id=f"e{number}", **fields) for number, fields in enumerate(own)]


def test_an_order_under_another_event_id_is_told_and_counts() -> None:
    """Three records of one order: two are double, and all three are orders."""
    made = lane("purchase")
    made.apply(batch(*numbered("purchase", "order_completed", *[{"order_id": "o"}] * 3)))
    assert total(made, "semantic_duplicates_total") == 2
    assert total(made, "orders_total") == 3


def test_the_same_event_id_is_a_duplicate_and_nothing_else() -> None:
    """What is dropped was not booked."""
    value = record("purchase", "order_completed", order_id="o")
    assert again("purchase", value, value) == 0


def test_events_of_an_order_are_apart() -> None:
    """Paid and settled are two things."""
    values = [record("purchase", kind, order_id="o") for kind in ("order_completed", "order_settled")]
    assert again("purchase", *values) == 0


def test_a_streak_is_one_booking() -> None:
    """Two records on the way and the end share their transaction; a second end is double."""
    way = [{**STREAK, "repeat_count": count, "repeat_end": count > 2} for count in (1, 2, 3, 4)]
    assert again("gift", *numbered("gift", "gift_sent", *way)) == 1


def test_a_reversal_has_the_transaction_of_its_gift() -> None:
    """It takes the gift back, and is no second one."""
    values = [record("gift", kind, transaction_id="t") for kind in ("gift_sent", "gift_reversed")]
    assert again("gift", *values) == 0


def test_gifts_without_a_transaction_have_no_key() -> None:
    """The field is optional."""
    assert again("gift", *numbered("gift", "gift_sent", {}, {})) == 0


@pytest.mark.parametrize(("milestones", "double"), [(("2s", "6s"), 0), (("2s", "2s"), 1)])
def test_an_impression_has_each_milestone_once(milestones: tuple[str, str], double: int) -> None:
    """The milestone is part of the key."""
    own = [{"imp_id": "i", "milestone": milestone} for milestone in milestones]
    assert again("ad", *numbered("ad", "progress", *own)) == double


def test_event_types_of_an_impression_are_apart() -> None:
    """Seen and clicked are two things."""
    assert again("ad", *(record("ad", kind, imp_id="i") for kind in ("viewable", "click"))) == 0


@pytest.mark.parametrize(
    ("attempts", "double"), [((1, 2), 0), ((2, 2), 1), ((None, 0), 0), ((None, None), 1)]
)
def test_a_payout_has_each_attempt_once(attempts: tuple[int | None, int | None], double: int) -> None:
    """The attempt is part of the key, also where it is not said."""
    own = [{"payout_id": "p", "attempt": attempt} for attempt in attempts]
    assert again("payout", *numbered("payout", "payout_failed", *own)) == double


_ORIGINAL = {"original_event_time": T0 - 5}
_REFUND = {"order_id": "o", "refund_micros": 5} | _ORIGINAL
_DISPUTE = {"order_id": "o", "value_micros": 5} | _ORIGINAL
_REWARD = {"creator_id": "c", "reward_micros": 5} | _ORIGINAL
BOOKINGS: dict[tuple[str, str], tuple[dict[str, Any], tuple[dict[str, Any], ...]]] = {
    ("gift", "gift_reversed"): ({"transaction_id": "t", "coins": 5} | _ORIGINAL, ({"coins": 6},)),
    ("ad", "impression_invalidated"): ({"imp_id": "i"}, ()),
    ("purchase", "order_settled"): ({"order_id": "o"}, ()),
    ("purchase", "fraud_reported"): ({"order_id": "o"}, ()),
    ("purchase", "order_refunded"): (
        {"order_id": "o", "refund_micros": 5} | _ORIGINAL,
        ({"refund_micros": 6},),
    ),
    ("purchase", "order_cancelled"): (
        {"order_id": "o", "refund_micros": 5} | _ORIGINAL,
        ({"refund_micros": 6},),
    ),
    ("purchase", "dispute_opened"): (
        {"order_id": "o", "value_micros": 5} | _ORIGINAL,
        ({"value_micros": 6},),
    ),
    ("purchase", "dispute_closed"): ({"order_id": "o", "outcome": "won"}, ({"outcome": "lost"},)),
    ("reward", "reward_accrued"): ({"video_id": "v", "event_time": T0}, ({"event_time": T0 + 1},)),
    ("reward", "reward_reversed"): (
        {"creator_id": "c", "reward_micros": 5} | _ORIGINAL,
        ({"reward_micros": 6},),
    ),
    ("wallet", "topup_completed"): ({"topup_id": "u"}, ()),
    ("wallet", "topup_settled"): ({"topup_id": "u"}, ()),
    ("wallet", "topup_disputed"): ({"topup_id": "u"}, ()),
    ("payout", "payout_paid"): ({"payout_id": "p"}, ({"attempt": 2},)),
}
"""Event type -> what names a booking, and what makes it another one besides another id or time."""


@pytest.mark.parametrize(("topic", "kind"), BOOKINGS)
def test_what_is_sent_again_under_another_event_id_is_told(topic: str, kind: str) -> None:
    """The same booking three times is two double ones, however its other fields differ."""
    own, _ = BOOKINGS[topic, kind]
    assert again(topic, *numbered(topic, kind, own, own, own | {"arm": "b", "region": "DE"})) == 2


@pytest.mark.parametrize(
    ("topic", "kind", "other"),
    [
        (topic, kind, other)
        for (topic, kind), (own, others) in BOOKINGS.items()
        for other in (
            *others,
            {next(name for name in own if name.endswith("_id")): "another"},
            *(({"original_event_time": T0 - 6},) if "original_event_time" in own else ()),
        )
    ],
)
def test_another_amount_time_or_id_is_another_booking(topic: str, kind: str, other: dict[str, Any]) -> None:
    """A second refund of an order may be right: it has another amount, or another time."""
    own, _ = BOOKINGS[topic, kind]
    assert again(topic, *numbered(topic, kind, own, own | other)) == 0


def test_a_refund_and_a_cancellation_are_apart() -> None:
    """Of one order, amount and time: the event type is part of the key."""
    own, _ = BOOKINGS["purchase", "order_refunded"]
    values = [record("purchase", kind, **own) for kind in ("order_refunded", "order_cancelled")]
    assert again("purchase", *values) == 0


def test_nobody_has_no_key() -> None:
    """What is taken back from ``-`` twice is of two people, for all that is known."""
    own = BOOKINGS["reward", "reward_reversed"][0] | {"creator_id": "-"}
    assert again("reward", *numbered("reward", "reward_reversed", own, own)) == 0


def test_no_id_can_pose_as_an_id_and_a_milestone() -> None:
    """Whatever the two texts have in common, and whichever stands in which field."""
    own = [
        {"imp_id": one, "milestone": other}
        for one, other in (("a", "b"), ("b", "a"), ("ab", "b"), ("a", "bb"))
    ]
    assert again("ad", *numbered("ad", "progress", *own)) == 0


def test_a_key_is_the_same_however_it_is_written() -> None:
    """An id of other letters is not plain: the strict decoder reads it, with or without an escape."""
    plain = record("purchase", "order_completed", order_id="\u00e9")
    written = plain.replace(b"\\u00e9", "\u00e9".encode()).replace(b"purchase-", b"second-")
    assert plain != written
    assert again("purchase", plain, written) == 1


@pytest.mark.parametrize(("after_ms", "double"), [(20_000, 1), (20_001, 0)])
def test_a_key_is_known_for_exactly_the_horizon(after_ms: int, double: int) -> None:
    """Another record moves the watermark on by the horizon, or by one more."""
    moved = T0 + after_ms
    values = [
        record("purchase", "order_completed", event_id="a", order_id="o"),
        record("purchase", "order_completed", event_id="b", order_id="p", event_time=moved),
        record("purchase", "order_completed", event_id="c", order_id="o", event_time=moved),
    ]
    made = lane("purchase")
    made.apply(batch(*values, timestamp=moved))
    assert total(made, "semantic_duplicates_total") == double


def traffic(topic: str) -> Sequence[bytes]:
    """Odd events, whose few ids come again and again, within the horizon and beyond."""
    rng = Random(3)
    kinds = tuple(TOPICS[topic].types())
    return [any_event(topic, rng.choice(kinds), number, rng) for number in range(400)]


@pytest.mark.parametrize("topic", ["gift", "ad", "purchase", "payout", "wallet"])
@pytest.mark.parametrize("most", [*(pytest.param(most, marks=pytest.mark.slow) for most in (1, 7)), 400])
def test_crashes_and_batches_change_nothing(topic: str, most: int) -> None:
    """With a new lane from the changelog after each batch, the number is the ledger's."""
    values, made, kept = traffic(topic), lane(topic), dict[bytes, bytes]()
    ledger = Ledger(SETTINGS)
    for at in range(0, len(values), most):
        made.apply(batch(*values[at : at + most], first=at, timestamp=STAMP))
        checkpoint = made.checkpoint(0)
        assert checkpoint is not None
        kept.update((key, value) for key, value in checkpoint.entries if value is not None)
        for gone in [key for key, value in checkpoint.entries if value is None]:
            kept.pop(gone, None)
        made = lane(topic)
        made.restore(sorted(kept.items(), reverse=True))
    for value in values:
        ledger.add(topic, 0, value, STAMP)
    expected = ledger.truth.totals[f"{topic}_semantic_duplicates", (topic,)]
    assert expected >= 10
    assert total(made, "semantic_duplicates_total") == expected


def test_keys_leave_the_state_with_the_horizon() -> None:
    """A record far ahead leaves only its own key, and takes the packs out of the changelog."""
    made = lane("purchase")
    made.apply(batch(*numbered("purchase", "order_completed", *({"order_id": f"o{n}"} for n in range(5)))))
    made.checkpoint(0)
    later = record("purchase", "order_completed", event_id="z", order_id="z", event_time=T0 + 60_000)
    made.apply(batch(later, first=5, timestamp=T0 + 60_000))
    checkpoint = made.checkpoint(0)
    assert checkpoint is not None
    assert [key[:1] for key, value in checkpoint.entries if value is None] == [b"d", b"k"]
    assert total(made, "table_entries", kind="keys") == 1
