"""Payouts are owed until they are paid: how much is overdue, and since when, by the log alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.keyed.dues import Dues
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.ingestion.source_lane import SourceLane

HOUR_MS = 3_600_000
HOUR = T0 // HOUR_MS * HOUR_MS
"""The hour of T0."""
DAY_MS = 24 * HOUR_MS
STAMP = T0 + 400 * DAY_MS
"""Kafka's timestamp of all records: none of their times is the future."""
SETTINGS = Settings(allowed_lateness_ms=60_000, out_of_orderness_ms=0)


def event(outcome: str, payout: str, at_ms: int, **own: Any) -> bytes:
    """A payout of 60 EUR (64.80 USD) that ads earned, due at T0."""
    kind = f"payout_{outcome}"
    usual = {
        "event_id": f"{payout}-{outcome}-{at_ms}",
        "payout_id": payout,
        "tool": "ad",
        "amount_micros": 60_000_000,
        "currency": "EUR",
        "due_time": T0,
    }
    place = {"app": "tiktok", "region": "US", "event_time": T0 + at_ms, "ingest_time": T0 + at_ms}
    return json.dumps(sound("payout", kind) | usual | place | own).encode()


def lane(*values: bytes) -> SourceLane:
    """A lane that has read some records, one by one."""
    return feed(Topology(SETTINGS, HASH_KEY).source_lane("payout"), values)


def feed(to: SourceLane, values: Sequence[bytes]) -> SourceLane:
    """Hand records to a lane, each in a batch and a checkpoint of its own."""
    for value in values:
        first = to.next_offset or 0
        to.apply(Batch.of([first], [STAMP], [b"k"], [value]))
        to.checkpoint(0)
    return to


def shown(of: SourceLane, tool: str = "ad") -> tuple[float, float, float]:
    """Number owed, USD overdue, and when the oldest is due, of tiktok and a tool."""
    values = {
        sample.family: sample.value
        for sample in of.snapshot().samples
        if {("app", "tiktok"), ("tool", tool)} <= set(sample.labels)
        and "payout_usd_total" not in sample.family
    }
    names = ("pulse_open_payouts", "pulse_overdue_payout_usd", "pulse_oldest_due_payout_timestamp_seconds")
    return values[names[0]], round(values[names[1]], 6), values[names[2]]


def test_nothing_owed_is_shown_as_nothing() -> None:
    """All three are 0 for every tool before the first payout."""
    assert [shown(lane(), tool) for tool in ("gift", "ad", "reward", "deal", "commerce")] == [(0, 0, 0)] * 5


def test_what_is_not_yet_due_is_owed_but_not_overdue() -> None:
    """One payout, due in the hour of T0, which is not over."""
    assert shown(lane(event("scheduled", "y", 0))) == (1, 0, HOUR / 1000)


@pytest.mark.parametrize("last", ["scheduled", "initiated", "failed"])
def test_what_is_not_paid_becomes_overdue(last: str) -> None:
    """An hour later, by another creator's record, 60 EUR at 1.08 are overdue."""
    samples = lane(event(last, "y", 0), event("scheduled", "z", HOUR_MS, due_time=T0 + DAY_MS))
    assert shown(samples) == (2, 64.8, HOUR / 1000)


def test_what_is_paid_is_not_owed() -> None:
    """Of two overdue payouts one is paid."""
    ways = [event("scheduled", "y", 0), event("scheduled", "z", 0, due_time=T0 - DAY_MS)]
    samples = lane(*ways, event("paid", "z", HOUR_MS))
    assert shown(samples) == (1, 64.8, HOUR / 1000)


def test_what_comes_after_the_payment_opens_nothing() -> None:
    """A straggler of an attempt, and one a week later too; more than a week later it is another payout."""
    samples = lane(event("paid", "y", 0), event("initiated", "y", 1_000), event("failed", "y", 7 * DAY_MS))
    assert shown(samples)[0] == 0
    assert shown(feed(samples, [event("scheduled", "y", 7 * DAY_MS + 1)]))[0] == 1


def test_a_new_due_time_replaces_the_old_one() -> None:
    """The second attempt is due a day later."""
    samples = lane(event("scheduled", "y", 0), event("initiated", "y", 1_000, due_time=T0 + DAY_MS))
    assert shown(samples) == (1, 0, (HOUR + DAY_MS) / 1000)


def test_late_records_count_and_refused_ones_do_not() -> None:
    """A payment two hours late settles; one in a currency without a rate does not."""
    owed = [event("scheduled", "y", 0), event("scheduled", "z", 2 * HOUR_MS)]
    assert shown(lane(*owed, event("paid", "y", 0, ingest_time=T0 + 2 * HOUR_MS)))[0] == 1
    assert shown(lane(*owed, event("paid", "y", 2 * HOUR_MS, currency="XAU")))[0] == 2


def test_a_restored_lane_owes_the_same() -> None:
    """A lane rebuilt from its changelog shows the same, and hears of a payment."""
    whole = Topology(SETTINGS, HASH_KEY).source_lane("payout")
    changelog: dict[bytes, bytes | None] = {}
    values = [event("scheduled", name, at * HOUR_MS) for at, name in enumerate("abcd")]
    for number, value in enumerate((*values, event("paid", "b", 5 * HOUR_MS))):
        whole.apply(Batch.of([number], [STAMP], [b"k"], [value]))
        checkpoint = whole.checkpoint(0)
        assert checkpoint is not None
        changelog |= dict(checkpoint.entries)
    again = Topology(SETTINGS, HASH_KEY).source_lane("payout")
    again.restore((key, value) for key, value in changelog.items() if value is not None)
    assert shown(again) == shown(whole) == (3, 194.4, HOUR / 1000)
    assert shown(feed(again, [event("paid", "a", 6 * HOUR_MS)]))[0] == 2


@pytest.mark.parametrize(("after_ms", "kept"), [(7 * DAY_MS, 2), (7 * DAY_MS + 1, 1)])
@pytest.mark.parametrize("behind_ms", [0, 5_000])
def test_what_was_paid_is_forgotten_in_the_end(after_ms: int, kept: int, behind_ms: int) -> None:
    """More than a week after it, by the watermark, the table is empty but for the other payout."""
    settings = Settings(allowed_lateness_ms=60_000, out_of_orderness_ms=behind_ms)
    payouts = Topology(settings, HASH_KEY).source_lane("payout")
    feed(payouts, [event("paid", "y", 0), event("scheduled", "z", after_ms)])
    entries = [sample for sample in payouts.snapshot().samples if sample.family == "pulse_table_entries"]
    assert [entry.value for entry in entries if ("kind", "dues") in entry.labels] == [kept]


def test_what_is_forgotten_leaves_the_changelog() -> None:
    """The one payout that was paid, and no other, has an entry that deletes it."""
    samples = lane(event("paid", "y", 0))
    samples.apply(Batch.of([1], [STAMP], [b"k"], [event("scheduled", "z", 7 * DAY_MS + 1)]))
    checkpoint = samples.checkpoint(0)
    assert checkpoint is not None
    deleted = [key for key, value in checkpoint.entries if value is None and key[:1] == Dues.prefix]
    assert len(deleted) == 1
