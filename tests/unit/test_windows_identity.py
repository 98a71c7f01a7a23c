"""Which records are one and the same: two contents of one id, streaks of two pairs, and keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.lanes.lane import MARKER
from creator_pulse.stream.native.hash_key import HashKey
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, batch, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.ingestion.source_lane import SourceLane
    from creator_pulse.stream.lanes.lane import Entry

SETTINGS = Settings(out_of_orderness_ms=0, allowed_lateness_ms=60_000, dedup_horizon_ms=20_000)
COLLIDING = Path(__file__).parents[1] / "vectors" / "event_ids_of_equal_murmur_hash.json"
Key = bytes | None


def lane(topic: str = "gift", key: HashKey = HASH_KEY) -> SourceLane:
    """A lane that has read nothing."""
    return Topology(SETTINGS, key).source_lane(topic)


def total(of: SourceLane, family: str, **labels: str) -> float:
    """A counter, summed over its other labels."""
    return sum(
        sample.value
        for sample in of.snapshot().samples
        if sample.family == f"pulse_{family}_total" and labels.items() <= dict(sample.labels).items()
    )


def state(of: SourceLane) -> dict[bytes, bytes]:
    """What a lane writes into its changelog."""
    made = of.checkpoint(0)
    assert made is not None
    entries: Sequence[Entry] = made.entries
    return {key: value for key, value in entries if value is not None}


def keyed(*records: tuple[Key, bytes | None]) -> Batch:
    """Consecutive records, each with its key."""
    count = len(records)
    keys, values = zip(*records, strict=True)
    return Batch.of(range(count), [T0] * count, keys, values)


def sold(event_id: str, micros: int = 1, **more: Any) -> bytes:
    """An order."""
    return record("purchase", "order_completed", event_id=event_id, value_micros=micros, **more)


def heard(*values: bytes) -> SourceLane:
    """A lane that has read some orders."""
    made = lane("purchase")
    made.apply(batch(*values))
    return made


def test_two_ids_of_one_murmur_hash_are_two_events() -> None:
    """Ids that were chosen to collide under a hash without a key: both gifts count."""
    made, names = lane(), json.loads(COLLIDING.read_text(encoding="ascii"))
    made.apply(batch(*(record("gift", "gift_sent", event_id=name) for name in names)))
    assert total(made, "gifts") == 2
    assert total(made, "records", outcome="duplicate") == 0


def test_the_first_of_two_contents_counts() -> None:
    """An order of 3 and one of 5 with its event id: 3 micros are sold, and one record conflicts."""
    made = heard(sold("e", 3), sold("e", 5))
    assert total(made, "gmv_usd") == 3 / 10**6
    assert total(made, "records", outcome="duplicate") == 1
    assert total(made, "conflicting_records", topic="purchase") == 1


def test_the_same_once_more_is_no_conflict() -> None:
    """Sent three times as it was, an order is two duplicates."""
    made = heard(*[sold("e", 3)] * 3)
    assert total(made, "records", outcome="duplicate") == 2
    assert total(made, "conflicting_records") == 0


def test_a_second_stamp_of_the_gateway_is_no_conflict() -> None:
    """A copy that differs in its ingest time alone is the same record."""
    made = heard(sold("e", 3, ingest_time=T0), sold("e", 3, ingest_time=T0 + 5_000))
    assert total(made, "records", outcome="duplicate") == 1
    assert total(made, "conflicting_records") == 0


def test_a_record_that_the_fast_path_leaves_is_compared_likewise() -> None:
    """With an umlaut both copies are read strictly: another ingest time is none, another value is one."""
    one = sold("e", 3, ingest_time=T0, product_id="ü")
    made = heard(one, sold("e", 3, ingest_time=T0 + 1, product_id="ü"), sold("e", 4, product_id="ü"))
    assert total(made, "conflicting_records") == 1


def test_each_copy_is_held_against_the_accepted_record() -> None:
    """Of 3, 5, 3 and 5 under one id the two of 5 conflict."""
    assert total(heard(*(sold("e", units) for units in (3, 5, 3, 5))), "conflicting_records") == 2


def test_a_conflict_is_found_after_a_recovery() -> None:
    """The accepted content comes back with the id."""
    first, second = heard(sold("e", 3)), lane("purchase")
    second.restore(state(first).items())
    second.apply(batch(sold("e", 3), sold("e", 5), first=1))
    assert total(second, "records", outcome="duplicate") == 2
    assert total(second, "conflicting_records") == 1


def test_invalid_records_and_tests_conflict_with_nothing() -> None:
    """Neither is accepted, so neither is a duplicate."""
    made = heard(sold("e", 3), sold("e", -1), sold("e", 7, is_test=True))
    assert total(made, "conflicting_records") == 0


def tap(viewer: str | None, creator: str, count: int, *, end: bool = False, **more: Any) -> bytes:
    """A record of a streak of gifts of 2 coins, under the group id g5 unless said."""
    own = {"gift_type": 1, "unit_coins": 2, "group_id": "g5", "repeat_count": count, "repeat_end": end} | more
    if viewer is not None:
        own["viewer_id"] = viewer
    name = f"{viewer}-{creator}-{count}-{end}-{more}"
    return record("gift", "gift_sent", event_id=name, creator_id=creator, **own)


def streaked(*taps: bytes) -> SourceLane:
    """A lane after some taps, and after 40 s of event time."""
    made = lane()
    made.apply(
        batch(
            *taps,
            record(
                "gift",
                "gift_sent",
                event_id="t",
                event_time=T0 + 40_000,
                ingest_time=T0 + 40_000,
                is_test=True,
            ),
        )
    )
    return made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("va", "ca"), ("vb", "cb")),
        (("va", "ca"), ("vb", "ca")),
        (("va", "ca"), ("va", "cb")),
        ((None, "ca"), ("vb", "ca")),
    ],
)
def test_two_pairs_with_one_group_id_are_two_streaks(
    one: tuple[str | None, str], other: tuple[str | None, str]
) -> None:
    """Five taps and three of 2 coins are 16 coins: of two viewers, two creators, a viewer and nobody."""
    made = streaked(tap(*one, 5), tap(*other, 3))
    assert total(made, "gift_coins") == 16
    assert total(made, "streaks_timed_out") == 2


def test_viewers_who_are_not_named_are_one() -> None:
    """Without a viewer, and with an empty one, five taps and then three are one streak of five: 10 coins."""
    assert total(streaked(tap(None, "ca", 5), tap("", "ca", 3)), "gift_coins") == 10


def test_an_end_closes_only_its_own_streak() -> None:
    """One pair ends with 5, the other times out with 3: 16 coins, one time-out."""
    made = streaked(tap("va", "ca", 5, end=True), tap("vb", "cb", 3))
    assert total(made, "gift_coins") == 16
    assert total(made, "streaks_timed_out") == 1


def test_no_id_can_pose_as_part_of_another() -> None:
    """Whatever stands between the ids, these are two streaks."""
    assert total(streaked(tap("a|b", "c", 5), tap("a", "b|c", 3)), "gift_coins") == 16


def test_a_streak_is_found_again_after_a_recovery() -> None:
    """Five taps before, an end with seven after: one gift of 14 coins."""
    first, second = lane(), lane()
    first.apply(batch(tap("va", "ca", 5)))
    second.restore(state(first).items())
    second.apply(batch(tap("va", "ca", 7, end=True), first=1))
    assert total(second, "gift_coins") == 14
    assert total(second, "gifts") == 1


def given(**more: Any) -> bytes:
    """A gift to c1 by v1."""
    return record("gift", "gift_sent", creator_id="c1", viewer_id="v1", **more)


@pytest.mark.parametrize("key", [None, b"", b"c", b"c11", b"v1", b"C1", b"c1\x00", b"c\xef\xbc\x91"])
def test_another_key_is_told_and_the_record_counts(key: Key) -> None:
    """No key, part of the creator's, more, the viewer's, another case or digit: the gift counts."""
    made = lane()
    made.apply(keyed((key, given(event_id="e1")), (b"c1", given(event_id="e2"))))
    assert total(made, "gifts") == 2
    assert total(made, "miskeyed_records", topic="gift") == 1


def test_the_key_of_the_wallet_is_the_viewer() -> None:
    """Of two top-ups of v1 for c1 the one under the creator's key is mis-keyed."""
    made = lane("wallet")
    paid = [
        record("wallet", "topup_completed", event_id=name, viewer_id="v1", creator_id="c1", topup_id=name)
        for name in "ab"
    ]
    made.apply(keyed((b"v1", paid[0]), (b"c1", paid[1])))
    assert total(made, "miskeyed_records") == 1


@pytest.mark.parametrize(("key", "wrong"), [(b"-", 0), (b"session 7", 0), (b"", 0), (None, 1)])
def test_a_record_of_nobody_may_have_any_key_but_none(key: Key, wrong: int) -> None:
    """Without a creator nothing meets by creator; but null keys spread copies over the partitions."""
    made = lane("ad")
    made.apply(keyed((key, record("ad", "opportunity", creator_id="-"))))
    assert total(made, "miskeyed_records") == wrong


def test_a_key_of_other_letters_is_compared_as_utf_8() -> None:
    """A creator with an umlaut under its own key in UTF-8 is right, in Latin-1 it is not."""
    made = lane()
    values = [record("gift", "gift_sent", event_id=name, creator_id="zoë") for name in "ab"]
    made.apply(keyed(("zoë".encode(), values[0]), ("zoë".encode("latin-1"), values[1])))
    assert total(made, "miskeyed_records") == 1


def test_invalid_records_and_time_records_have_no_wrong_key() -> None:
    """Of what nobody can read nobody knows whose it is; a time record goes to each partition."""
    made = lane()
    made.apply(keyed((None, b"{"), (b"x", None), (b"x", given(unit_coins=0)), (b"x", given(is_test=True))))
    assert total(made, "records") == 4
    assert total(made, "miskeyed_records") == 0


def test_a_duplicate_in_a_wrong_place_is_told_too() -> None:
    """Both deliveries of one event under a wrong key are mis-keyed: the producer's fault shows in each."""
    made = lane()
    made.apply(keyed((None, given()), (None, given())))
    assert total(made, "miskeyed_records") == 2


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_lane_and_ledger_agree_on_keys_and_contents(topic: str) -> None:
    """A copy, a second stamp, another content, a wrong key and none: the same counts on both sides."""
    kind = next(iter(TOPICS[topic].types()))
    value = record(topic, kind, creator_id="c1", viewer_id="v1", ingest_time=T0)
    stamped = value.replace(b'"ingest_time": %d' % T0, b'"ingest_time": %d' % (T0 + 7))
    other = value.replace(b'"region": "US"', b'"region": "DE"')
    own = b"v1" if topic == "wallet" else b"c1"
    sent: list[tuple[Key, bytes]] = [(own, value), (own, value), (own, stamped), (None, other), (b"x", value)]
    assert len({value, stamped, other}) == 3
    made, ledger = lane(topic), Ledger(SETTINGS)
    made.apply(keyed(*sent))
    for key, one in sent:
        ledger.add(topic, 0, one, T0, key)
    assert ledger.truth.totals["records_conflicting", (topic,)] == 1
    assert ledger.truth.totals["records_miskeyed", (topic,)] == 2
    assert total(made, "conflicting_records") == 1
    assert total(made, "miskeyed_records") == 2


def outcomes(of: SourceLane) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All totals of a lane."""
    return {(sample.family, sample.labels): sample.value for sample in of.snapshot().samples if sample.value}


def test_totals_do_not_depend_on_the_key() -> None:
    """Two installations count the same log alike, though they hash it otherwise."""
    values = [
        *(tap("va", "ca", count) for count in (1, 2, 3)),
        tap("va", "ca", 4, end=True),
        given(event_id="e1", transaction_id="t"),
        given(event_id="e2", transaction_id="t"),
        given(event_id="e2"),
    ]
    made = [lane(key=key) for key in (HASH_KEY, HashKey(bytes(16)))]
    for one in made:
        one.apply(batch(*values))
    assert outcomes(made[0]) == outcomes(made[1])
    states = [{key: value for key, value in state(one).items() if key != MARKER} for one in made]
    assert states[0] != states[1]


def test_one_key_writes_one_changelog() -> None:
    """The same log under the same key gives the same bytes, at any batch size."""
    values = [tap("va", "ca", count) for count in (1, 2, 3)]
    whole, single = lane(), lane()
    whole.apply(batch(*values))
    for number, value in enumerate(values):
        single.apply(batch(value, first=number))
    assert state(whole) == state(single)
