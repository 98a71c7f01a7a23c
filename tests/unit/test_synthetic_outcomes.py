"""Ledger: the outcome of a record, and the watermark. Times are seconds after T0."""

from __future__ import annotations

import json
from typing import Any

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.stream.settings import Settings

T0 = 1_760_000_040_000
HEARTBEAT = {
    "event_id": "e1",
    "event_type": "heartbeat",
    "schema_version": 1,
    "event_time": T0,
    "creator_id": "c1",
    "region": "US",
    "app": "tiktok",
    "session_id": "s1",
    "organic_ms": 20_000,
    "ad_ms": 10_000,
    "surface": "feed",
}
IMPRESSION = {
    **{
        name: HEARTBEAT[name]
        for name in ("event_id", "schema_version", "event_time", "creator_id", "region", "app")
    },
    "event_type": "impression",
    "imp_id": "i1",
    "price_micros_cpm": 6_000_000,
    "currency": "USD",
    "billable": True,
}


def add(ledger: Ledger, at: float, event_id: str, sent: float | None = None, **other: Any) -> str:
    """Add a heartbeat that happened at ``at``; sent then, or at ``sent``."""
    event = {**HEARTBEAT, "event_time": T0 + round(at * 1000), "event_id": event_id, **other}
    return ledger.add(
        "watch", 0, json.dumps(event).encode(), T0 + round((at if sent is None else sent) * 1000)
    )


def refusal(value: bytes | None, topic: str = "watch", sent_ms: int = T0) -> str | None:
    """The reason a first record is invalid; None: it is not."""
    ledger = Ledger(Settings())
    if ledger.add(topic, 0, value, sent_ms) != "invalid":
        return None
    return next(labels[1] for name, labels in ledger.truth.totals if name == "invalid_records")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'\xef\xbb\xbf{"a": 1}', "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": "\xff"}', "not_json"),
        (b"[" * 101 + b"]" * 101, "not_json"),
        (b"[" * 100 + b"]" * 100, "not_object"),
        (b'"' + b"x" * 262_143 + b'"', "too_large"),
        (b'"' + b"x" * 262_142 + b'"', "not_object"),
        (b'{"a": "\\ud800"}', "missing_field"),
        (b"[]", "not_object"),
        (b"null", "not_object"),
        (b"{}", "missing_field"),
    ],
)
def test_bytes_that_are_no_object_have_a_reason(value: bytes | None, reason: str) -> None:
    """Each kind of unreadable value has the reason of its row."""
    assert refusal(value) == reason


@pytest.mark.parametrize("place", ["viewer_id", "later"])
def test_half_a_pair_of_surrogates_is_the_last_reason(place: str) -> None:
    """A record with one is no JSON, also in a value that another replaces; what else is wrong comes first."""
    event = HEARTBEAT
    assert refusal(json.dumps(event | {place: "\ud800"}).encode()) == "not_json"
    assert refusal(json.dumps(event | {place: "\ud800", "organic_ms": -1}).encode()) == "out_of_range"
    twice = json.dumps(event | {place: "\ud800"}).encode()[:-1] + f', "{place}": null}}'.encode()
    assert refusal(twice) == "not_json"
    assert refusal(json.dumps(event | {place: "\U0001f600 \\ud800"}).encode()) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"unknown": [1]}, None),
        ({"viewer_id": None}, None),
        ({"event_type": "gift_sent"}, "event_type"),
        ({"event_type": None}, "missing_field"),
        ({"event_type": 1}, "wrong_type"),
        ({"schema_version": 2}, "schema_version"),
        ({"schema_version": True}, "wrong_type"),
        ({"schema_version": None}, "missing_field"),
        ({"event_time": float(T0)}, "wrong_type"),
        ({"event_time": 946_684_799_999}, "out_of_range"),
        ({"creator_id": ""}, "out_of_range"),
        ({"viewer_id": 7}, "wrong_type"),
        ({"app": "kuaishou"}, "not_listed"),
        ({"surface": "story"}, "not_listed"),
        ({"surface": None}, "missing_field"),
        ({"organic_ms": True}, "wrong_type"),
        ({"organic_ms": 86_400_000}, None),
        ({"organic_ms": 86_400_001}, "out_of_range"),
        ({"ad_ms": -1}, "out_of_range"),
        ({"ms_since_last_ad": "1"}, "wrong_type"),
        ({"is_test": 1}, "wrong_type"),
        ({"region": None, "ad_ms": -1}, "missing_field"),
        ({"event_time": T0 + 120_000}, None),
        ({"event_time": T0 + 120_001}, "future_time"),
        ({"event_time": T0 + 120_001, "ad_ms": -1}, "out_of_range"),
    ],
)
def test_a_heartbeat_is_refused_for_the_first_reason(change: dict[str, object], reason: str | None) -> None:
    """Type and version come first, then the first field in declared order, then the future."""
    assert refusal(json.dumps(HEARTBEAT | change).encode()) == reason


def test_a_currency_without_a_rate_is_no_rate() -> None:
    """Gold has no rate in the defaults."""
    assert refusal(json.dumps(IMPRESSION | {"currency": "XAU"}).encode(), "ad") == "no_rate"


def test_a_streaking_gift_needs_its_group() -> None:
    """``group_id`` is required where ``gift_type`` is 1, and only there."""
    gift = {"gift_id": "rose", "unit_coins": 1, "repeat_count": 1, "repeat_end": True}
    base = {name: HEARTBEAT[name] for name in ("event_id", "event_time", "creator_id", "region", "app")}
    event = {**base, "event_type": "gift_sent", "schema_version": 1, **gift}
    assert refusal(json.dumps(event | {"gift_type": 1}).encode(), "gift") == "missing_field"
    assert refusal(json.dumps(event | {"gift_type": 2}).encode(), "gift") is None


@pytest.mark.parametrize(
    "times",
    [
        {"event_time": T0 + 120_001, "ingest_time": T0 + 1},
        {"event_time": T0, "ingest_time": T0 + 120_001},
        {"event_time": T0, "ingest_time": T0 - 120_001},
    ],
)
def test_each_clock_is_held_against_the_other(times: dict[str, int]) -> None:
    """2 min 1 ms ahead of Kafka's timestamp, by the event's time or the gateway's; or of the gateway."""
    assert refusal(json.dumps(HEARTBEAT | times).encode()) == "future_time"


def test_the_watermark_is_the_largest_time_less_five_seconds() -> None:
    """Event times 10, 30, 20 s: watermark 25 s."""
    ledger = Ledger(Settings())
    for number, at in enumerate((10, 30, 20)):
        add(ledger, at, f"e{number}")
    assert ledger.truth.watermarks["watch", 0] == T0 + 25_000


def test_a_clock_ahead_moves_the_watermark_by_its_ingest_time() -> None:
    """Event time 100 s but taken at 10 s: the watermark is 10 - 5 s."""
    ledger = Ledger(Settings())
    add(ledger, 100, "e1", sent=10)
    assert ledger.truth.watermarks["watch", 0] == T0 + 5_000


def test_test_records_move_the_watermark_and_count_nothing() -> None:
    """A time record at 50 s: watermark 45 s, outcome ``test``, no viewing time."""
    ledger = Ledger(Settings())
    assert add(ledger, 50, "e1", is_test=True) == "test"
    assert ledger.truth.watermarks["watch", 0] == T0 + 45_000
    assert not [name for name, _ in ledger.truth.totals if name == "watch_ms"]


def test_invalid_records_do_not_move_the_watermark() -> None:
    """After an invalid record at 500 s the watermark is still that of 10 s."""
    ledger = Ledger(Settings())
    add(ledger, 10, "e1")
    assert add(ledger, 500, "e2", ad_ms=-1) == "invalid"
    assert ledger.truth.watermarks["watch", 0] == T0 + 5_000


def test_an_event_counts_once() -> None:
    """The same id twice: the second is a duplicate and adds no viewing time."""
    ledger = Ledger(Settings())
    assert [add(ledger, 0, "e1"), add(ledger, 1, "e1")] == ["counted", "duplicate"]
    assert ledger.truth.totals["watch_ms", ("tiktok", "US", "feed")] == 30_000


def test_an_id_is_forgotten_beyond_the_horizon() -> None:
    """Accepted at watermark -5 s: at 595 s (10 min on) still known, 1 ms later not."""
    for tick, outcome in ((600.0, "duplicate"), (600.001, "counted")):
        ledger = Ledger(Settings())
        add(ledger, 0, "e1")
        add(ledger, tick, "e2")
        assert add(ledger, tick, "e1") == outcome


def test_a_duplicate_does_not_renew_its_id() -> None:
    """Accepted at 0 s, again at 400 s (duplicate), again at 700 s: counted."""
    ledger = Ledger(Settings())
    add(ledger, 0, "e1")
    assert add(ledger, 400, "e1") == "duplicate"
    add(ledger, 700, "e2")
    assert add(ledger, 700, "e1") == "counted"


def test_ids_are_known_per_partition() -> None:
    """The same id in another partition is another event."""
    ledger = Ledger(Settings())
    add(ledger, 0, "e1")
    assert ledger.add("watch", 1, json.dumps(HEARTBEAT).encode(), T0) == "counted"


def test_late_is_behind_the_watermark_by_more_than_ten_minutes() -> None:
    """Watermark 1,000 s: an event at 400 s is in time, 1 ms earlier is late."""
    ledger = Ledger(Settings())
    add(ledger, 1005, "e1")
    assert add(ledger, 400, "e2", sent=1005) == "counted"
    assert add(ledger, 399.999, "e3", sent=1005) == "late"


def test_without_a_watermark_nothing_is_late() -> None:
    """The first record of a partition may be a day old."""
    ledger = Ledger(Settings())
    assert add(ledger, -86_400, "e1", sent=0) == "counted"


def test_a_late_record_is_in_no_total() -> None:
    """A late heartbeat leaves the viewing time at 30 s, and is in the late part of its minute."""
    ledger = Ledger(Settings())
    add(ledger, 1005, "e1")
    add(ledger, 60, "e2", sent=1005)
    assert ledger.truth.totals["watch_ms", ("tiktok", "US", "feed")] == 30_000
    pane = T0 + 60_000
    assert ledger.truth.windows["watch_ms", ("tiktok", "US", "feed"), pane] == [
        None,
        30_000,
        None,
        None,
        None,
    ]


def test_a_late_id_is_remembered() -> None:
    """A late record sent twice: late, then duplicate."""
    ledger = Ledger(Settings())
    add(ledger, 1005, "e1")
    assert [add(ledger, 1, "e2", sent=1005), add(ledger, 1, "e2", sent=1005)] == ["late", "duplicate"]


def test_records_lie_in_the_minute_of_the_watermark_before_them() -> None:
    """First record: its own minute (10); second: watermark 605 - 5 s, minute 10; third 725 - 5 s: 12."""
    ledger = Ledger(Settings())
    for number, at in enumerate((605, 725, 800)):
        add(ledger, at, f"e{number}")
    panes = {
        pane: sums[0] for (name, _, pane), sums in ledger.truth.windows.items() if name == "records_read"
    }
    assert panes == {T0 + 600_000: 2, T0 + 720_000: 1}


def test_an_invalid_record_before_any_watermark_lies_in_its_kafka_minute() -> None:
    """An unreadable first record at 130 s: minute 2."""
    ledger = Ledger(Settings())
    ledger.add("watch", 0, b"", T0 + 130_000)
    assert ("records_invalid", ("watch",), T0 + 120_000) in ledger.truth.windows


def test_every_record_has_one_outcome() -> None:
    """One record of each outcome but progress: five outcomes of one, five records."""
    ledger = Ledger(Settings())
    add(ledger, 1005, "e1")
    add(ledger, 1005, "e1")
    add(ledger, 1, "e2", sent=1005)
    add(ledger, 1005, "e3", is_test=True)
    ledger.add("watch", 0, b"", T0)
    outcomes = ledger.truth.outcomes["watch", 0]
    assert outcomes == {"counted": 1, "duplicate": 1, "late": 1, "test": 1, "invalid": 1}
    assert ledger.truth.records == 5
