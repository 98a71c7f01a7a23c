"""The source of a lane as it is found: the same log, another, a shorter one; and each record told once."""

from __future__ import annotations

import pytest

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.ingestion.outbox import Outbox
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.pane_record import lot_size
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.tables.bounded_reader import BoundedReader
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY, LogIdentity, decode, locate
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.transport.record_size import LARGEST_PACK
from tests.support.changelog_bench import (
    GIFT,
    PANE,
    began_ms,
    counted,
    end_of,
    made_anew,
    records,
    resets,
    shorten,
)
from tests.support.lane_harness import START, Harness


@pytest.mark.parametrize("count", [10, 150, 400])
async def test_a_source_made_anew_is_read_from_its_start(count: int) -> None:
    """Shorter, as long as, or longer than what was counted: each record counts on top of the totals."""
    harness = await counted(150)
    before, done = harness.total("pulse_records_total"), harness.runners[GIFT].position
    assert done == 150
    await made_anew(harness, count)
    await harness.open(GIFT)
    await harness.drain([GIFT], 100)
    assert harness.total("pulse_records_total") == before + count
    assert resets(harness) == 1


async def test_a_reset_is_counted_once() -> None:
    """Opened again without a record in between, and after some: the log is the same one."""
    harness = await counted()
    await made_anew(harness, 10)
    for _ in range(2):
        await harness.open(GIFT)
        assert resets(harness) == 1
    await harness.drain([GIFT], 100)
    await harness.open(GIFT)
    assert resets(harness) == 1


async def test_a_lane_says_since_when_it_counts() -> None:
    """Since it was first opened, also after an hour and another opening; of a log made anew, since then."""
    harness = await counted()
    first = began_ms(harness)
    assert START <= first <= harness.clock.now_ms()
    harness.clock.advance(3_600)
    await harness.open(GIFT)
    assert began_ms(harness) == first
    await made_anew(harness, 10)
    await harness.open(GIFT)
    assert began_ms(harness) == harness.clock.now_ms()


async def test_a_source_cut_below_the_marker_goes_on_at_its_end() -> None:
    """What is left was counted: nothing is counted twice, what comes then is counted, and it is told."""
    harness = await counted(150)
    mine = [record for record in records() if (record.topic, record.partition) == GIFT]
    before = harness.total("pulse_records_total")
    shorten(harness, 130)
    await harness.open(GIFT)
    assert harness.runners[GIFT].position == 130
    for record in mine[150:170]:
        harness.write(record)
    await harness.drain([GIFT], 100)
    assert harness.total("pulse_records_total") == before + 20
    assert resets(harness) == 1


async def test_a_record_lost_to_retention_is_no_reset() -> None:
    """The last record counted is gone because its time was over: the log is the same."""
    harness = await counted()
    harness.log.truncate(harness.topic(GIFT), 0, harness.runners[GIFT].position)
    await harness.open(GIFT)
    assert resets(harness) == 0
    assert harness.total("pulse_lost_records_total") == 0


class Racing(BoundedReader):
    """Retention takes the whole log right after the question where it begins."""

    async def bounds(self) -> tuple[int, int]:
        """As they were a moment ago."""
        bounds = await super().bounds()
        self._log.truncate(self.topic, self.partition, bounds[1])  # type: ignore[attr-defined]
        return bounds


async def test_retention_that_passes_while_a_lane_opens_is_no_reset() -> None:
    """The last record counted is gone when it is looked at: the lane opens, and the fetch finds out."""
    harness = await counted()
    packed = dict(harness.records(harness.changelog(GIFT)))[LOG_IDENTITY]
    lane = harness.runners[GIFT]._lane
    assert packed is not None
    assert lane is not None
    at = lane.next_offset
    identity = await locate(lane, decode(packed), Racing(harness.log, harness.topic(GIFT), 0, 1.0), 0)
    assert (identity.resets, lane.next_offset) == (0, at)


async def test_what_a_lane_reached_rises_over_a_reset() -> None:
    """Live views compare it: a later log's offset 10 stands above a former one's 150."""
    harness = await counted()
    before = harness.runners[GIFT].reached
    await made_anew(harness, 10)
    await harness.open(GIFT)
    await harness.drain([GIFT], 100)
    after = harness.runners[GIFT].reached
    assert after[1] == 10 < before[1]
    assert after > before


async def test_the_log_identity_names_the_last_record_counted() -> None:
    """Written with each marker: offset 149 after 150 records, offset 0 as the early one."""
    harness = await counted(150)
    packed = dict(harness.records(harness.changelog(GIFT)))[LOG_IDENTITY]
    assert packed is not None
    identity = decode(packed)
    assert identity.base
    assert identity.last
    assert (identity.base.offset, identity.last.offset) == (0, 149)


def test_a_reset_begins_later_whatever_the_clock_says() -> None:
    """A clock set back must not make a new log look older than the former one."""
    assert LogIdentity(began=100).reset(50).began == 101
    assert LogIdentity(began=100).reset(500).began == 500


@pytest.mark.parametrize("lost", ["all", "its end"])
async def test_a_source_lane_that_went_back_does_not_double_windows(lost: str) -> None:
    """Its changelog was deleted, or lost its last commits: what was added before is refused."""
    harness = await counted()
    await harness.open(PANE)
    await harness.drain([PANE], 1_000)
    changelog = harness.log._partitions[harness.changelog(GIFT), 0]
    keep = 0 if lost == "all" else changelog.end // 2
    changelog.records = {at: row for at, row in changelog.records.items() if at < keep}
    changelog.end = keep
    await harness.open(GIFT)
    await harness.drain([GIFT], 50)
    with pytest.raises(ChangelogError, match=r"gift-0 counts again from its record .* begin afresh"):
        await harness.drain([PANE], 1_000)


async def test_panes_that_retention_removed_are_no_step_back() -> None:
    """A merge lane that never saw some records goes on with the next ones."""
    harness = await counted()
    harness.log.truncate(PANE_TOPIC, PANE[1], 3)
    await harness.open(PANE)
    await harness.drain([PANE], 1_000)
    assert harness.runners[PANE].position == await end_of(harness, PANE_TOPIC, PANE[1]) - 1


async def test_only_the_last_part_of_an_interval_says_that_it_is_told() -> None:
    """An interval of more cells than one pane record holds comes in parts, and none is refused."""
    harness = Harness()
    tables = tables_of(CATALOGUE)
    outbox = Outbox(harness.settings, "gift", 0, tables)
    each = lot_size(("tiktok", "US"))  # and some bytes of its sums
    for pane in range(LARGEST_PACK // each + 1):
        outbox.add("gifts", ("tiktok", "US"), pane * 60_000, ON_TIME, 1)
    parts = [pane_record.decode(record.value or b"") for record in outbox.drain(5, 0, 7)]
    busy = [(part.since, part.read) for part in parts if part.parts]
    assert busy == [(0, 0), (0, 7)]
    outbox.add("gifts", ("tiktok", "US"), 0, ON_TIME, 1)
    after = [pane_record.decode(record.value or b"") for record in outbox.drain(5, 0, 9)]
    assert {(record.since, record.read) for record in after} == {(7, 9)}
