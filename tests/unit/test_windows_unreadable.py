"""What cannot be read is counted as invalid by its header, handed on as it was, and moves nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.panes.pane_record import decode
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import Batch, Unreadable
from creator_pulse.stream.transport.names import DEAD_TOPIC, PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.records import T0, batch, counters, record

GIFTS = batch(record("gift", "gift_sent"), record("gift", "gift_sent", event_id="other"))

if TYPE_CHECKING:
    from creator_pulse.stream.ingestion.source_lane import SourceLane
    from creator_pulse.stream.lanes.lane import Checkpoint, Sample
    from creator_pulse.stream.windows.merge_lane import MergeLane


def hidden(reason: str = "unreadable") -> Batch:
    """Seven records at the offsets 2 to 11."""
    return Batch.without(Unreadable(2, 11, 7, T0, reason, b"stored bytes", 12))


def source() -> SourceLane:
    """An empty lane of gifts."""
    return Topology(Settings(), HASH_KEY).source_lane("gift", 3)


def merge() -> MergeLane:
    """An empty merge lane."""
    return Topology(Settings(), HASH_KEY).merge_lane()


def taken(lane: SourceLane | MergeLane) -> Checkpoint:
    """What the lane hands over."""
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    return checkpoint


def restored(lane: MergeLane) -> MergeLane:
    """Another lane that begins where this one ends."""
    entries = [(key, value) for key, value in taken(lane).entries if value is not None]
    again = merge()
    again.restore(entries)
    return again


def invalid(samples: tuple[Sample, ...]) -> dict[str, float]:
    """Invalid records by reason, where there are any."""
    named = [
        (dict(sample.labels), sample.value)
        for sample in samples
        if sample.family == "pulse_invalid_records_total"
    ]
    return {labels["reason"]: value for labels, value in named if value}


@pytest.mark.parametrize("reason", ["unreadable", "too_large"])
def test_it_is_counted_by_its_header(reason: str) -> None:
    """Seven records of the one reason, beside two gifts; records read are the sum of the outcomes."""
    counts = counters("gift", GIFTS, hidden(reason))
    assert counts["records_total:invalid"] == counts[f"invalid_records_total:{reason}"] == 7
    assert counts["records_total"] == 9


def test_it_moves_the_offset_behind_it() -> None:
    """To the one after its last."""
    lane = source()
    lane.apply(GIFTS)
    lane.apply(hidden())
    assert lane.next_offset == 12


def test_it_is_one_dead_letter() -> None:
    """As Kafka has it, with its place and how many records it stands for."""
    lane = source()
    lane.apply(hidden())
    (letter,) = (record for record in taken(lane).outgoing if record.topic == DEAD_TOPIC)
    assert (letter.key, letter.value) == (None, b"stored bytes")
    assert dict(letter.headers) == {
        "topic": b"creator.gift",
        "partition": b"3",
        "offset": b"2",
        "length": b"12",
        "reason": b"unreadable",
        "last_offset": b"11",
        "records": b"7",
    }


def test_it_says_nothing_of_time() -> None:
    """The watermark stays where the gifts have brought it."""
    lane = source()
    lane.apply(GIFTS)
    before = lane.watermark
    lane.apply(hidden())
    assert lane.watermark == before


def test_merge_lanes_hear_how_many_records_were_read() -> None:
    """Two gifts and the seven: an interval after them begins at nine."""
    lane = source()
    lane.apply(GIFTS)
    lane.apply(hidden())
    panes = [decode(record.value or b"") for record in taken(lane).outgoing if record.topic == PANE_TOPIC]
    assert {pane.read for pane in panes} == {9}


def test_it_belongs_to_the_minute_of_the_watermark() -> None:
    """So a window's share of invalid records has it."""
    lane = source()
    lane.apply(GIFTS)
    lane.apply(hidden())
    panes = [decode(record.value or b"") for record in taken(lane).outgoing if record.topic == PANE_TOPIC]
    minute = lane.watermark // 60_000 * 60_000
    assert [health for health in panes[0].health if health[2] == 7] == [(minute, 4, 7)]


def test_a_refused_record_is_a_dead_letter_of_its_own() -> None:
    """One whose counting fails: invalid, reason ``failed``, with the bytes that it had."""
    lane = source()
    lane.refuse(GIFTS)
    checkpoint = taken(lane)
    letters = [record for record in checkpoint.outgoing if record.topic == DEAD_TOPIC]
    assert [(letter.value, dict(letter.headers)["reason"]) for letter in letters] == [
        (value, b"failed") for value in GIFTS.values
    ]
    assert invalid(tuple(checkpoint.snapshot.samples)) == {"failed": 2}


def test_a_refused_record_is_no_event_yet() -> None:
    """Its event id was not accepted: sent again it counts, and is no duplicate."""
    lane = source()
    lane.refuse(GIFTS)
    lane.apply(batch(*[value for value in GIFTS.values if value], first=2))
    records = {
        dict(sample.labels)["outcome"]: sample.value
        for sample in lane.snapshot().samples
        if sample.family == "pulse_records_total" and sample.value
    }
    assert records == {"counted": 2, "invalid": 2}


def test_a_merge_lane_passes_over_what_it_cannot_read() -> None:
    """A stored batch by its header, a record that is no pane record as one; both are dead letters."""
    lane = merge()
    lane.apply(hidden())
    lane.apply(batch(b"\xc1 no pane record", None, first=12))
    checkpoint = taken(lane)
    assert lane.next_offset == 14
    assert invalid(tuple(checkpoint.snapshot.samples)) == {"unreadable": 8}
    letters = [dict(record.headers) for record in checkpoint.outgoing if record.topic == DEAD_TOPIC]
    assert [(letter["topic"], letter["offset"]) for letter in letters] == [
        (b"pulse.pane", b"2"),
        (b"pulse.pane", b"12"),
    ]


def test_a_merge_lane_counts_on_after_a_recovery() -> None:
    """What it could not read stays counted."""
    lane = merge()
    lane.apply(hidden("too_large"))
    again = restored(lane)
    again.refuse(batch(b"any", first=12))
    assert invalid(tuple(again.snapshot().samples)) == {"too_large": 7, "failed": 1}
