"""The outcome of a record: the first that matches, with every boundary by hand.

Defaults: out-of-orderness 5 s, lateness and dedup horizon 600 s, future limit 120 s.
"""

from __future__ import annotations

import pytest

from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch, Unreadable
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, batch, counters, record

LATENESS, HORIZON, FUTURE, DISORDER = 600_000, 600_000, 120_000, 5_000


def beat(event_id: str, time: int = T0, **fields: object) -> bytes:
    """A heartbeat whose ingest time is its event time."""
    return record(
        "watch", "heartbeat", event_id=event_id, event_time=time, **({"ingest_time": time} | fields)
    )


def outcomes(*values: bytes | None, stamp: int = T0) -> list[str]:
    """The outcome of each record, read one by one; Kafka's timestamp of all is the same."""
    found: list[str] = []
    for count in range(1, len(values) + 1):
        shown = counters(
            "watch", *(batch(value, first=at, timestamp=stamp) for at, value in enumerate(values[:count]))
        )
        now = {
            name.partition(":")[2]: int(total) for name, total in shown.items() if "records_total:" in name
        }
        now = {
            name: total
            for name, total in now.items()
            if name in {"counted", "duplicate", "late", "invalid", "test"}
        }
        found += [name for name, total in now.items() if total != found.count(name)]
    return found


def test_invalid_comes_before_test() -> None:
    """A time record without a session is invalid."""
    assert outcomes(beat("a", is_test=True, session_id="")) == ["invalid"]


def test_test_comes_before_duplicate() -> None:
    """A test record with a known id is ``test``, and its id is not remembered."""
    assert outcomes(beat("a"), beat("a", is_test=True)) == ["counted", "test"]
    assert outcomes(beat("a", is_test=True), beat("a")) == ["test", "counted"]


def test_duplicate_comes_before_late() -> None:
    """The late id seen again is a duplicate: late records are accepted too."""
    assert outcomes(beat("now"), beat("a", T0 - 10**7), beat("a", T0 - 10**7)) == [
        "counted",
        "late",
        "duplicate",
    ]


@pytest.mark.parametrize(("behind", "outcome"), [(0, "counted"), (1, "late")])
def test_lateness_at_its_boundary(behind: int, outcome: str) -> None:
    """An event time of exactly watermark - lateness is in time, 1 ms less is late."""
    assert outcomes(beat("now"), beat("a", T0 - DISORDER - LATENESS - behind)) == ["counted", outcome]


@pytest.mark.parametrize(("past", "outcome"), [(0, "duplicate"), (1, "counted")])
def test_the_dedup_horizon_at_its_boundary(past: int, outcome: str) -> None:
    """Accepted at a watermark of T0 - 5 s: a duplicate while it has advanced by at most 600 s."""
    later = T0 + HORIZON + past
    counts = outcomes(beat("a"), beat("tick", later), beat("a", later), stamp=later)
    assert counts == ["counted", "counted", outcome]


@pytest.mark.parametrize(("ahead", "outcome"), [(0, "counted"), (1, "invalid")])
@pytest.mark.parametrize("fields", [{}, {"ingest_time": T0}, {"ingest_time": None}, {"is_test": True}])
def test_event_time_in_the_future_at_its_boundary(
    fields: dict[str, object], ahead: int, outcome: str
) -> None:
    """2 min after Kafka's timestamp is allowed, 1 ms more is not: with any ingest time, of any record."""
    wanted = "test" if outcome == "counted" and "is_test" in fields else outcome
    assert outcomes(beat("a", T0 + FUTURE + ahead, **fields)) == [wanted]


@pytest.mark.parametrize(("ahead", "outcome"), [(0, "counted"), (1, "invalid")])
def test_ingest_time_in_the_future_at_its_boundary(ahead: int, outcome: str) -> None:
    """A gateway's clock may run 2 min ahead of Kafka's, and not 1 ms more, whatever the event time."""
    assert outcomes(beat("a", T0, ingest_time=T0 + FUTURE + ahead)) == [outcome]


@pytest.mark.parametrize(("ahead", "outcome"), [(0, "counted"), (1, "invalid")])
def test_an_event_after_its_ingest_at_its_boundary(ahead: int, outcome: str) -> None:
    """2 min after the ingest time is allowed, 1 ms more is not, however late Kafka got the record."""
    record_a = beat("a", T0 + FUTURE + ahead, ingest_time=T0)
    assert outcomes(record_a, stamp=T0 + 3_600_000) == [outcome]


@pytest.mark.parametrize("stamp", [-1, 0, -(2**63), 2**63 - 1])
def test_a_timestamp_that_is_no_time_supports_nothing(stamp: int) -> None:
    """None at all (-1), and the edges of 64 bits: whatever time the record names is the future."""
    assert outcomes(beat("a"), stamp=stamp) == ["invalid"]


def test_a_record_of_2099_moves_no_watermark() -> None:
    """A time record whose producer's clock is 73 years ahead is ``future_time``; what follows is in time."""
    far = 4_102_444_799_999
    first = record("gift", "gift_sent", event_id="far", event_time=far, ingest_time=far, is_test=True)
    shown = counters("gift", batch(first, record("gift", "gift_sent", ingest_time=T0)))
    assert shown["invalid_records_total:future_time"] == 1
    assert shown["records_total:counted"] == 1
    assert shown["watermark_timestamp_seconds"] == (T0 - DISORDER) / 1000


def test_the_ingest_time_is_kafkas_where_absent() -> None:
    """Without an ingest time the record's timestamp T0 decides: 2 min and 1 ms later is the future."""
    assert outcomes(beat("a", T0 + FUTURE + 1, ingest_time=None)) == ["invalid"]


def test_a_test_record_moves_the_watermark() -> None:
    """A time record an hour later makes the next record late."""
    later = T0 + 3_600_000
    assert outcomes(beat("tick", later, is_test=True), beat("a"), stamp=later) == ["test", "late"]


def test_an_invalid_record_does_not_move_the_watermark() -> None:
    """A broken record an hour later makes nothing late."""
    assert outcomes(beat("b", T0 + 3_600_000, session_id=""), beat("a")) == ["invalid", "counted"]


def test_an_event_time_ahead_moves_the_watermark_to_the_ingest_time_only() -> None:
    """``min(event_time, ingest time)``: 2 min ahead of its ingest, it counts as of the ingest time."""
    first = beat("a", T0 + FUTURE, ingest_time=T0)
    assert outcomes(first, beat("b", T0 - DISORDER - LATENESS)) == ["counted", "counted"]
    assert outcomes(first, beat("b", T0 - DISORDER - LATENESS - 1)) == ["counted", "late"]


def test_an_invalid_record_does_not_take_its_id() -> None:
    """The sound copy of a broken record is counted."""
    assert outcomes(beat("a", session_id=""), beat("a")) == ["invalid", "counted"]


def test_a_currency_without_a_rate_is_invalid() -> None:
    """``no_rate``, also of a type that nothing is summed over; it does not move the watermark."""
    for kind in ("order_completed", "dispute_opened"):
        shown = counters("purchase", batch(record("purchase", kind, currency="XAU")))
        assert shown["invalid_records_total:no_rate"] == 1
        assert "watermark_timestamp_seconds" not in shown


def test_unknown_fields_are_counted() -> None:
    """A record with a field that the contract does not list counts, and is counted as such."""
    shown = counters("watch", batch(beat("a", new_field=1), beat("b")))
    assert shown["unknown_fields_total"] == 1
    assert shown["records_total:counted"] == 2


@pytest.mark.parametrize("stamp", [-(2**63), -1, 0, 2**63 - 1])
@pytest.mark.parametrize("hidden", [False, True])
def test_no_timestamp_takes_a_refused_record_out_of_the_calendar(stamp: int, *, hidden: bool) -> None:
    """The first record of a partition, or a stored batch in its place: its minute is of 2000 to 2099."""
    lane = Topology(Settings(), HASH_KEY).source_lane("watch")
    unread = Batch.without(Unreadable(0, 0, 1, stamp, "unreadable", b"", 0))
    lane.apply(unread if hidden else batch(b"no json", timestamp=stamp))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    panes = [
        pane_record.decode(record.value or b"")
        for record in checkpoint.outgoing
        if record.topic == PANE_TOPIC
    ]
    minutes = {start for pane in panes for start, *_ in pane.health}
    assert minutes == {946_684_800_000 if stamp < T0 else 4_102_444_740_000}
