"""The past, counted at once, is what workers would have shown then; and workers go on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.proof.ledger.verify import compare
from creator_pulse.stream.errors import PastError
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.past.backfill import backfill
from creator_pulse.stream.past.lanes import PastLanes
from creator_pulse.stream.past.log_records import LogRecords
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.past.records import ListedRecords, PastRecord
from creator_pulse.stream.past.state import check_empty, commit, following, pane_ends
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.batch import OutRecord
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import MERGES, SMALL, SOURCES, START, Harness, traffic

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.lane import Sample

SETTINGS = msgspec.structs.replace(SMALL, provisional_interval=1.0, restate_interval=60.0)
RECORDS = traffic(5, 8.0, 1_500, offenders=0.05)
BEAT_MS = 20_000
END_MS = RECORDS[-1].timestamp_ms + 1
MOMENTS = range(START + BEAT_MS, END_MS, BEAT_MS)
READS = Reads(expressions())
OF_THE_LANE = {"pulse_restatements_total", "pulse_table_fill_ratio"}
"""How much a lane keeps, and how often it has said something again: not so in windows that are passed by."""


def topology() -> Topology:
    """Of new lanes, with the rates that are built in."""
    return Topology(SETTINGS, HASH_KEY)


def listed(before_ms: int = END_MS) -> list[PastRecord]:
    """The records that were written before a time."""
    return [
        PastRecord(record.topic, record.partition, record.key, record.value, record.timestamp_ms)
        for record in RECORDS
        if record.timestamp_ms < before_ms
    ]


class Live(Harness):
    """Workers that commit at each beat, as of what was written before it."""

    async def beat(self, moment_ms: int) -> None:
        """Write what came since the last beat, count it, and commit."""
        now_ms = self.clock.now_ms()
        new = [record for record in RECORDS if now_ms <= record.timestamp_ms < moment_ms]
        self.append(new)
        self.clock.advance((moment_ms - now_ms) / 1000)
        for place in SOURCES:
            while await self.deliver(place, 10_000):
                pass
        # Each partition has a record every ten seconds: none is idle.
        for place in SOURCES:
            await self.runners[place].commit()
        for place in MERGES:
            while await self.deliver(place, 10_000):
                pass
            await self.runners[place].commit()

    def shown(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """What a scrape finds of the lanes, of what somebody reads."""
        return by_series(
            [
                sample
                for runner in self.runners.values()
                if runner.committed is not None
                for sample in runner.committed.samples
                if READS.sample(sample) and sample.family not in OF_THE_LANE
            ]
        )


def by_series(samples: list[Sample]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Series -> value; none comes twice."""
    shown = {(sample.family, frozenset(sample.labels)): sample.value for sample in samples}
    assert len(shown) == len(samples)
    return shown


async def test_the_past_is_looked_at_as_workers_showed_it() -> None:
    """At each moment every series that boards or rules read has the value of a live worker's page then."""
    live = Live(settings=SETTINGS)
    await live.open()
    lanes = PastLanes(topology(), SETTINGS, TOPICS, lambda _: None)
    records = ListedRecords(listed(), SETTINGS)
    compared = 0
    for moment in MOMENTS:
        await live.beat(moment)
        lanes.count(await records.until(moment), moment)
        lanes.pass_by(moment + 30 * 86_400_000)
        looked = [sample for sample in lanes.look(READS) if sample.family not in OF_THE_LANE]
        past, then = by_series(looked), live.shown()
        assert past.keys() == then.keys()
        differing = [series for series in then if past[series] != then[series]]
        assert differing == []
        compared += sum(value != 0 for value in then.values())
    assert compared > 5_000


async def test_a_worker_goes_on_from_the_past_of_its_log() -> None:
    """What was counted of the log before is in the state, and the rest is counted on top of it, once."""
    live = Live(settings=SETTINGS)
    live.append(RECORDS)
    middle = START + 2 * BEAT_MS
    lanes = PastLanes(topology(), SETTINGS, TOPICS, lambda _: None)
    async with LogRecords(live.log, SETTINGS, tuple(TOPICS)) as records:
        lanes.start_at(records.starts)
        await backfill(lanes, records, (START, middle - 1), (), READS, lambda *_: None, lambda _: None)
    ends = await pane_ends(live.log, SETTINGS)
    await commit(live.log, topology(), lanes, middle, live.clock.now_ms(), ends)
    await live.open()
    assert sum(live.runners[place].position for place in SOURCES) == lanes.records
    await live.drain((*SOURCES, *MERGES), 500)
    assert live.wrong_totals() == []


async def test_a_worker_goes_on_from_a_past_that_is_in_no_log() -> None:
    """It counts what its log holds after the past, on top of it: totals and windows are those of both."""
    middle = START + 2 * BEAT_MS
    whole, live = Live(settings=SETTINGS), Live(settings=SETTINGS)
    lanes = PastLanes(topology(), SETTINGS, TOPICS, lambda _: None)
    before = ListedRecords(listed(middle), SETTINGS)
    await backfill(lanes, before, (START, middle - 1), (), READS, lambda *_: None, lambda _: None)
    going_on = await following(live.log, SETTINGS, TOPICS, middle - 1)
    await commit(live.log, topology(), lanes, middle, START, going_on)
    live.clock.advance((middle - START) / 1000)
    await live.open()
    await whole.open()
    await whole.beat(middle)
    for moment in MOMENTS:
        if moment > middle:
            await live.beat(moment)
            await whole.beat(moment)
    assert compare("workers", whole.ledger.truth, SETTINGS, live.samples()) == []
    shown, expected = live.shown(), whole.shown()
    assert shown.keys() == expected.keys()
    differing = [series for series in expected if shown[series] != expected[series]]
    assert differing == []


async def test_the_past_is_not_counted_on_top_of_state() -> None:
    """Where a lane has state already, the error names its changelog, and what to do."""
    live = Live(settings=SETTINGS)
    await check_empty(live.log, SETTINGS, TOPICS)
    changelog = SETTINGS.changelog(SETTINGS.topic("gift"))
    live.log.write([OutRecord(changelog, b"m", b"", 1)], control=True)
    with pytest.raises(PastError, match=r"creator\.gift-changelog-1 holds state already: `pulse afresh"):
        await check_empty(live.log, SETTINGS, TOPICS)


async def test_windows_of_the_end_are_closed_and_those_before_are_passed_by() -> None:
    """Of minutes that nothing can restate any more no final is stated; of the last two hours each is."""
    kept: list[OutRecord] = []
    lanes = PastLanes(topology(), SETTINGS, TOPICS, kept.append)
    records = ListedRecords(listed(), SETTINGS)
    lanes.count(await records.until(END_MS), END_MS)
    lanes.pass_by(END_MS + 30 * 86_400_000)
    assert [record for record in kept if b'"window":"1m"' in (record.value or b"")] == []
    lanes = PastLanes(topology(), SETTINGS, TOPICS, kept.append)
    records = ListedRecords(listed(), SETTINGS)
    lanes.count(await records.until(END_MS), END_MS)
    lanes.pass_by(END_MS)
    assert any(b'"window":"1m"' in (record.value or b"") for record in kept)


async def test_records_out_of_order_are_refused() -> None:
    """A record that was written before the one that stands before it is an error that names both times."""
    late, early = listed()[100], listed()[0]
    records = ListedRecords([late, early], SETTINGS)
    with pytest.raises(
        PastError, match=f"written at {early.timestamp_ms}, and the one .* at {late.timestamp_ms}"
    ):
        await records.until(END_MS)
