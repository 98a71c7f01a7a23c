"""The lane of the reference topic: each refusal is a dead letter and counted, once, whatever restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import ChangelogError, LaneError
from creator_pulse.stream.ingestion.reference_lane import ReferenceLane
from creator_pulse.stream.lanes.lane import FORMAT, MARKER, Marker
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.tables.runner import LaneId, LaneRunner
from creator_pulse.stream.transport.batch import Batch, OutRecord, Unreadable
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import DEAD_TOPIC
from tests.support.reference_cases import BAD, HUGE_NUMBER, NOT_UTF8

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = Settings()
TOPIC = SETTINGS.topic("reference")
CHANGELOG = SETTINGS.changelog(TOPIC)
GOOD = b'{"kind":"fx","id":"EUR","valid_from":0,"usd_micros":1080000}'
KEY = b"fx:EUR:0"


class Bench:
    """The reference topic in memory, and its lane."""

    def __init__(self) -> None:
        self.log = MemoryLog({TOPIC: 1, CHANGELOG: 1, DEAD_TOPIC: 1})
        self.runner = self._runner()

    def write(self, *values: bytes | None, key: bytes = KEY) -> None:
        """Put entries into the topic."""
        self.log.write([OutRecord(TOPIC, key, value, 0) for value in values], timestamp=0)

    async def restart(self) -> None:
        """Another worker opens the lane."""
        self.runner = self._runner()
        await self.runner.open()

    async def read(self) -> None:
        """Judge what is there, two offsets at a time, and commit."""
        end = (await self.log.bounds(TOPIC, 0))[1]
        while self.runner.position < end:
            batch = self.log.batch(TOPIC, 0, self.runner.position, 2)
            assert batch is not None
            self.runner.apply(batch)
        await self.runner.commit()

    def shown(self) -> Mapping[str, float]:
        """What is shown of entries and losses, without zeros; refusals by their reason."""
        values = {}
        for sample in self.runner.samples():
            labels = dict(sample.labels)
            assert (labels.pop("topic"), labels.pop("partition")) == ("reference", "0")
            if sample.value and ("reference" in sample.family or "lost" in sample.family):
                values[" ".join((sample.family.removeprefix("pulse_"), *labels.values()))] = sample.value
        return values

    async def dead(self) -> list[bytes | None]:
        """Every dead letter."""
        _, end = await self.log.bounds(DEAD_TOPIC, 0)
        batch = self.log.batch(DEAD_TOPIC, 0, 0, end)
        return [] if batch is None else batch.values

    def _runner(self) -> LaneRunner:
        lane_id = LaneId(TOPIC, 0, CHANGELOG, "references", "reference", compacted=True)
        return LaneRunner(lane_id, lambda: ReferenceLane(SETTINGS), self.log, ManualClock(0))


async def started(*values: bytes | None) -> Bench:
    """A lane that has judged some entries."""
    bench = Bench()
    bench.write(*values)
    await bench.restart()
    await bench.read()
    return bench


async def test_each_refusal_is_counted_by_its_reason() -> None:
    """Of what bent figures or stopped workers once; a right entry is none."""
    bench = await started(*BAD, NOT_UTF8, HUGE_NUMBER, GOOD)
    assert bench.shown() == {
        "reference_refused_total out_of_range": 6,
        "reference_refused_total not_json": 1,
    }


async def test_each_refusal_is_a_dead_letter() -> None:
    """The bytes as they came, in their order, and not the right entry between them."""
    bench = await started(BAD[0], GOOD, NOT_UTF8)
    assert await bench.dead() == [BAD[0], NOT_UTF8]


async def test_terms_of_a_platform_that_is_none_are_a_dead_letter() -> None:
    """As any entry: with its reason; the right terms before it are none."""
    term = (
        b'{"kind":"benchmark","id":"%s:ad:creator_share","valid_from":1796000000000,"value":0.5,'
        b'"unit":"ratio","source":"s"}'
    )
    bench = await started(term % b"twitch", term % b"nobody")
    assert (bench.shown()["reference_refused_total not_listed"], await bench.dead()) == (
        1,
        [term % b"nobody"],
    )


def test_a_dead_letter_says_where_it_stood_and_why() -> None:
    """Topic, partition, offset, length and reason."""
    lane = ReferenceLane(SETTINGS)
    lane.apply(Batch.of([7], [0], [KEY], [BAD[1]]))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    assert [
        (record.topic, record.key, record.value, dict(record.headers)) for record in checkpoint.outgoing
    ] == [
        (
            DEAD_TOPIC,
            KEY,
            BAD[1],
            {
                "topic": b"creator.reference",
                "partition": b"0",
                "offset": b"7",
                "length": str(len(BAD[1])).encode(),
                "reason": b"out_of_range",
            },
        )
    ]


async def test_a_restart_tells_no_refusal_again() -> None:
    """Another worker goes on from the changelog: the totals as they were, no second dead letter."""
    bench = await started(*BAD)
    before = bench.shown()
    await bench.restart()
    assert bench.shown() == before
    await bench.read()
    assert (bench.shown(), len(await bench.dead())) == (before, 5)


async def test_a_torn_commit_tells_each_refusal_once() -> None:
    """Written, and not answered: the next owner finds it in the changelog."""
    bench = Bench()
    bench.write(*BAD)
    await bench.restart()
    bench.log.tear = lambda _: "written"
    with pytest.raises(LaneError):
        await bench.read()
    bench.log.tear = lambda _: ""
    await bench.restart()
    await bench.read()
    assert (sum(bench.shown().values()), len(await bench.dead())) == (5, 5)


async def test_compaction_is_no_other_log() -> None:
    """The last entry that was judged is replaced and cleaned away: the lane goes on, and no reset shows."""
    bench = await started(NOT_UTF8)
    bench.write(GOOD)
    bench.log.compact(TOPIC, 0)
    await bench.restart()
    resets = [
        sample.value for sample in bench.runner.samples() if sample.family == "pulse_source_resets_total"
    ]
    await bench.read()
    assert (resets, bench.shown()) == ([0], {"reference_refused_total not_json": 1})


async def test_a_deletion_is_a_refusal() -> None:
    """Who begins later would not know the entry: told, and counted."""
    bench = await started(GOOD, None)
    assert bench.shown() == {"reference_refused_total null_value": 1}
    assert await bench.dead() == [None]


async def test_an_entry_under_another_key_is_counted() -> None:
    """It is used, but compaction may take it away for another one of its key."""
    bench = Bench()
    bench.write(GOOD, key=b"EUR")
    await bench.restart()
    await bench.read()
    assert (bench.shown(), await bench.dead()) == ({"reference_miskeyed_total": 1}, [])


async def test_entries_that_retention_removed_are_lost() -> None:
    """Somebody deleted records of the topic before they were judged."""
    bench = await started(GOOD)
    bench.write(GOOD, GOOD, GOOD)
    bench.log.truncate(TOPIC, 0, 3)
    await bench.restart()
    assert bench.shown() == {"lost_records_total": 2}


def test_a_stored_batch_that_cannot_be_read_is_refused_as_its_entries() -> None:
    """Three entries behind a broken compression: counted as three, one dead letter with where they stood."""
    lane = ReferenceLane(SETTINGS)
    lane.apply(Batch.without(Unreadable(4, 6, 3, 0, "unreadable", b"stored", 6)))
    checkpoint = lane.checkpoint(0)
    assert checkpoint is not None
    (letter,) = checkpoint.outgoing
    headers = dict(letter.headers)
    assert (letter.value, headers["offset"], headers["last_offset"]) == (b"stored", b"4", b"6")
    refused = {
        dict(sample.labels)["reason"]: sample.value
        for sample in lane.snapshot().samples
        if sample.family == "pulse_reference_refused_total" and sample.value
    }
    assert (refused, lane.next_offset) == ({"unreadable": 3}, 7)


def test_every_reason_is_shown_before_it_counts() -> None:
    """At 0, so that the first refusal is an increase."""
    samples = tuple(ReferenceLane(SETTINGS).snapshot().samples)
    assert (
        sum(sample.family == "pulse_reference_refused_total" and sample.value == 0 for sample in samples)
        == 13
    )


@pytest.mark.parametrize(
    "entries",
    [
        [(MARKER, msgspec.msgpack.encode(Marker(FORMAT + 1, 3, 0)))],
        [(MARKER, b"no marker")],
        [(b"t" + b"miskeyed", b"1")],
        [(b"x", b"")],
        [(b"t" + b"miskeyed", b"one")],
    ],
)
def test_another_state_is_refused(entries: list[tuple[bytes, bytes]]) -> None:
    """Another format, bytes that are no marker, totals without one, an unknown entry, a total of letters."""
    with pytest.raises(ChangelogError):
        ReferenceLane(SETTINGS).restore(entries)
