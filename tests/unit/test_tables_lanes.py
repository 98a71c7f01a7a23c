"""The lanes of a worker: assignment, failures, and what may be shown."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, ClassVar

import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.errors import DeniedError, LaneError, LeaderlessError
from creator_pulse.stream.tables import runner
from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.tables.runner import LaneRunner
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.memory_log import MemoryLog, MemoryProducer
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import Harness, traffic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.transport.batch import OutRecord

SESSION = 10.0


@functools.cache
def records() -> tuple[Produced, ...]:
    """A few hundred records a partition."""
    return tuple(traffic(9, 20, 2_000))


class Worker:
    """Lanes over a log in memory, with a heartbeat set by hand."""

    def __init__(self) -> None:
        self.harness = Harness(records())
        self.place = Place(self.harness.topic(("gift", 0)), 0)
        self.beat = self.harness.clock.monotonic()
        self.sought: list[tuple[Place, int]] = []
        self.lanes = Lanes(
            lambda _: self.harness.runner(("gift", 0)),
            self.harness.clock,
            lambda: self.beat,
            SESSION,
            lambda place, offset: self.sought.append((place, offset)),
        )

    def batch(self, start: int, count: int) -> Batch:
        """So many records of the lane's topic."""
        batch = self.harness.log.batch(self.place.topic, 0, start, count)
        assert batch is not None
        return batch

    def counted(self) -> float:
        """Records that the shown series count."""
        return sum(sample.value for sample in self.lanes.samples() if sample.family == "pulse_records_total")


@pytest.fixture
async def worker() -> Worker:
    """A worker that owns one gift lane."""
    made = Worker()
    await made.lanes.assign([made.place])
    return made


async def test_a_failed_lane_is_opened_again_and_sought(worker: Worker) -> None:
    """After a torn commit the lane is back at its marker, and the consumer is sent there."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(50, 50))
    worker.harness.log.tear = lambda _: "lost"
    await worker.lanes.commit()
    assert worker.lanes.position(worker.place) == 50
    assert worker.sought == [(worker.place, 50)]


async def test_a_batch_fetched_before_a_seek_is_not_counted(worker: Worker) -> None:
    """A batch that waited in the stream while its lane was set back must not skip what lies between."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    waiting = worker.batch(50, 50)
    worker.harness.log.tear = lambda _: "lost"
    await worker.lanes.commit()
    worker.harness.log.tear = lambda _: ""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, waiting)
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(50, 50))
    await worker.lanes.commit()
    assert worker.counted() == 100


async def test_a_gap_tells_where_to_read_on(worker: Worker) -> None:
    """A batch from 60 on, while 50 records are counted: go back to 50; what joins on needs no seek."""
    assert worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50)) is None
    assert worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(60, 50)) == 50
    assert worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(50, 50)) is None
    await worker.lanes.commit()
    assert worker.counted() == 100


async def test_a_batch_delivered_twice_counts_once(worker: Worker) -> None:
    """Records below the position were counted: of an overlapping batch only the rest is."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(30, 50))
    await worker.lanes.commit()
    assert worker.counted() == 80


async def test_nothing_is_shown_after_the_session_timed_out(worker: Worker) -> None:
    """A heartbeat sent the session's 10 s ago: others may show the lanes; a moment before: not yet."""
    worker.harness.clock.advance(SESSION - 0.1)
    assert worker.lanes.samples()
    worker.harness.clock.advance(0.1)
    assert worker.lanes.samples() == []


async def test_a_released_worker_shows_nothing(worker: Worker) -> None:
    """From the revocation on until the next assignment."""
    worker.lanes.release()
    assert worker.lanes.samples() == []
    assert worker.lanes.positions() == {}


async def test_a_lane_that_stays_keeps_its_state(worker: Worker) -> None:
    """Assigned again, uncommitted records are still there, and no new producer fences the lane."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.assign([worker.place])
    assert worker.lanes.position(worker.place) == 50
    await worker.lanes.commit()
    assert worker.counted() == 50


async def test_a_fenced_lane_waits_for_a_later_heartbeat(worker: Worker) -> None:
    """Opened again only once the group has confirmed that the lane is still its own."""
    await worker.harness.open(("gift", 0))
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    assert worker.lanes.position(worker.place) is None
    await worker.lanes.commit()
    assert worker.lanes.position(worker.place) is None
    worker.harness.clock.advance(2)
    worker.beat = worker.harness.clock.monotonic()
    await worker.lanes.commit()
    assert worker.lanes.position(worker.place) == 0


async def test_an_error_that_is_no_lanes_is_raised(worker: Worker) -> None:
    """A defect must end the worker, not be taken for a lost reply."""

    def broken(_: str) -> str:
        raise RuntimeError("a defect")

    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    worker.harness.log.tear = broken
    with pytest.raises(RuntimeError, match="a defect"):
        await worker.lanes.commit()


async def test_a_closed_lane_takes_no_records() -> None:
    """Before ``open`` there is no position to count from."""
    harness = Harness(records())
    with pytest.raises(LaneError, match="not open"):
        _ = harness.runner(("gift", 0)).position


async def test_a_kept_lane_that_another_owned_is_opened_anew(worker: Worker) -> None:
    """Paused, lost and given back: the totals are those of the owner in between, not the old ones."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    other = worker.harness.runner(("gift", 0))
    await other.open()
    other.apply(worker.batch(50, 30))
    await other.commit()
    worker.lanes.release()
    await worker.lanes.assign([worker.place])
    assert worker.counted() == 80
    assert worker.lanes.position(worker.place) == 80


async def test_a_fenced_lane_is_shown_again_after_an_assignment(worker: Worker) -> None:
    """A worker that was paused, fenced and given its partition back shows it."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    await worker.harness.log.producer(worker.harness.runner(("gift", 0)).id.transactional_id)
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(50, 30))
    await worker.lanes.commit()
    assert worker.counted() == 0
    await worker.lanes.assign([worker.place])
    assert worker.counted() == 50


class Waits(LaneRunner):
    """A lane whose commits take until the test says so, but for those that prove it."""

    gate = asyncio.Event()

    async def commit(self, *, prove: bool = False) -> bool:
        """Commit in the end."""
        if not prove:
            await self.gate.wait()
        return await super().commit(prove=prove)


async def test_a_fence_that_is_heard_of_late_hides_nothing(worker: Worker) -> None:
    """The lane was opened anew while another one was still committing: it is shown from then on."""
    other = Place(worker.place.topic, 1)
    made = [worker.harness.runner(("gift", 0))]
    worker.harness.world.parts = Parts(runner=Waits)
    made.append(worker.harness.runner(("gift", 1)))
    lanes = Lanes(
        lambda place: made[place.partition],
        worker.harness.clock,
        lambda: worker.beat,
        SESSION,
        lambda *_: None,
    )
    await lanes.assign([worker.place, other])
    await worker.harness.log.producer(made[0].id.transactional_id)
    lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    Waits.gate.clear()
    committing = asyncio.create_task(lanes.commit())
    await asyncio.wait({committing}, timeout=0)
    assert not made[0].is_open
    await lanes.assign([worker.place, other])
    Waits.gate.set()
    await committing
    shown = {dict(sample.labels)["partition"] for sample in lanes.samples()}
    assert shown == {"0", "1"}


async def test_a_kept_lane_that_nobody_owned_goes_on(worker: Worker) -> None:
    """A rebalance that leaves the partition here keeps the state and the place."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    await worker.lanes.assign([worker.place])
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(50, 30))
    await worker.lanes.commit()
    assert worker.counted() == 80


async def test_what_is_released_while_it_opens_is_not_shown(worker: Worker) -> None:
    """A rebalance may begin before the last one's lanes are open: they may have another owner by then."""
    opening = asyncio.create_task(worker.lanes.assign([worker.place]))
    await asyncio.wait({opening}, timeout=0)
    worker.lanes.release()
    await opening
    assert worker.lanes.positions() == {}
    assert worker.lanes.samples() == []


async def test_nothing_is_shown_while_an_assignment_opens(worker: Worker) -> None:
    """Also not of a lane that stays: it is proved first."""
    assert worker.lanes.samples()
    opening = asyncio.create_task(worker.lanes.assign([worker.place]))
    await asyncio.wait({opening}, timeout=0)
    assert worker.lanes.samples() == []
    await opening
    assert worker.lanes.samples()


async def test_a_cancelled_commit_is_recovered_from(worker: Worker) -> None:
    """What a cancelled commit had taken from the lane is counted once by the next one."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))

    def cancel(_: str) -> str:
        raise asyncio.CancelledError

    worker.harness.log.tear = cancel
    with pytest.raises(asyncio.CancelledError):
        await worker.lanes.commit()
    worker.harness.log.tear = lambda _: ""
    await worker.lanes.assign([worker.place])
    assert worker.lanes.position(worker.place) == 0
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    assert worker.counted() == 50


async def test_a_record_without_key_and_value_stops_nothing(worker: Worker) -> None:
    """Kafka takes no dead letter without both: it gets an empty value, and the lane goes on."""
    worker.lanes.table(worker.place.topic).count(worker.place.partition, Batch.of([0], [0], [None], [None]))
    await worker.lanes.commit()
    assert worker.counted() == 1
    letters = worker.harness.records("pulse.dead-letter")
    assert letters[-1] == (None, b"")


async def test_it_is_known_for_how_long_nothing_is_shown(worker: Worker) -> None:
    """From when the partitions were released, over a second release, until all lanes are open again."""
    assert worker.lanes.hidden_seconds == 0
    worker.lanes.release()
    worker.harness.clock.advance(3)
    worker.lanes.release()
    worker.harness.clock.advance(4)
    assert worker.lanes.hidden_seconds == 7
    await worker.lanes.assign([worker.place])
    assert worker.lanes.hidden_seconds == 0


async def test_a_lane_with_too_much_that_waits_is_committed_at_once(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the beat is: what a lane holds since its last commit has a largest size."""
    await worker.lanes.assign([worker.place])
    await worker.lanes.table(worker.place.topic).apply(worker.place.partition, worker.batch(0, 50))
    assert worker.lanes.positions() == {worker.place: 0}
    monkeypatch.setattr(runner, "MOST_WAITING_BYTES", 1_000)
    await worker.lanes.table(worker.place.topic).apply(worker.place.partition, worker.batch(50, 50))
    assert worker.lanes.positions() == {worker.place: 100}


class Refusing(MemoryLog):
    """A log in memory of which a lane may lack a right."""

    def __init__(self, log: MemoryLog) -> None:
        self.__dict__ = log.__dict__
        self.refused = False

    async def producer(self, transactional_id: str) -> MemoryProducer:
        """Refused, or as ever."""
        if self.refused and transactional_id.endswith("gift-0"):
            raise DeniedError("the right to its transactional id is missing")
        return await super().producer(transactional_id)


async def test_a_lane_without_a_right_holds_no_other_up(caplog: pytest.LogCaptureFixture) -> None:
    """The other lane is open and shown; why this one is not is said once, and it opens with its right."""
    harness = Harness(records())
    log = Refusing(harness.log)
    places = [Place(harness.topic(("gift", 0)), number) for number in range(2)]
    lanes = Lanes(
        lambda place: harness.world.runner(place, log, harness.clock, HASH_KEY),
        harness.clock,
        harness.clock.monotonic,
        SESSION,
        lambda _place, _offset: None,
    )
    log.refused = True
    await lanes.assign(places)
    for _ in range(3):
        await lanes.commit()
    assert [lanes.is_open(place) for place in places] == [False, True]
    assert [lanes.is_denied(place) for place in places] == [True, False]
    assert [entry.message for entry in caplog.records if "stays closed" in entry.message] == [
        "creator.gift-0 stays closed: the right to its transactional id is missing"
    ]
    log.refused = False
    await lanes.commit()
    batch = harness.log.batch(*places[0], 0, 50)
    assert batch is not None
    await lanes.table(places[0].topic).apply(places[0].partition, batch)
    await lanes.commit()
    assert [lanes.is_denied(place) for place in places] == [False, False]


class Leaderless(MemoryLog):
    """A log in memory of which the lane of the first partition may miss a leader, or whose commits hang."""

    def __init__(self, log: MemoryLog) -> None:
        self.__dict__ = log.__dict__
        self.is_missing = False
        self.asked = 0

    async def producer(self, transactional_id: str) -> MemoryProducer:
        """Without a leader, or as ever."""
        if transactional_id.endswith("gift-0"):
            self.asked += 1
            if self.is_missing:
                raise LeaderlessError("the changelog has no leader")
            return Hanging(self, transactional_id, (await super().producer(transactional_id))._epoch)
        return await super().producer(transactional_id)


class Hanging(MemoryProducer):
    """Commits end only once they may."""

    may_end: ClassVar[asyncio.Event]
    begun: ClassVar[asyncio.Event]

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """As ever, or later."""
        self.begun.set()
        await self.may_end.wait()
        await super().commit(records)


class Two:
    """The lanes of two partitions, of which the first one may miss a leader."""

    def __init__(self) -> None:
        Hanging.may_end, Hanging.begun = asyncio.Event(), asyncio.Event()
        Hanging.may_end.set()
        self.harness = Harness(records())
        self.log = Leaderless(self.harness.log)
        self.places = [Place(self.harness.topic(("gift", 0)), number) for number in range(2)]
        self.lanes = Lanes(
            lambda place: self.harness.world.runner(place, self.log, self.harness.clock, HASH_KEY),
            self.harness.clock,
            self.harness.clock.monotonic,
            SESSION,
            lambda _place, _offset: None,
            bear=0.001,
        )

    async def count(self, number: int) -> None:
        """Count fifty records of a partition."""
        place = self.places[number]
        start = self.lanes.position(place)
        assert start is not None
        batch = self.harness.log.batch(*place, start, 50)
        assert batch is not None
        await self.lanes.table(place.topic).apply(place.partition, batch)

    def committed(self) -> list[int | None]:
        """Of each lane that is shown the committed offset."""
        return [self.lanes.positions().get(place) for place in self.places]


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    """Not assigned yet."""
    made = Two()
    yield made
    await made.lanes.close()


async def test_a_lane_without_a_leader_holds_no_other_up(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    """At its start: the other lane counts, why this one does not is said once, and it waits by name."""
    two.log.is_missing = True
    await two.lanes.assign(two.places)
    for _ in range(3):
        await two.count(1)
        await two.lanes.commit()
    assert two.committed() == [None, 150]
    assert [two.lanes.is_leaderless(place) for place in two.places] == [True, False]
    assert [entry.message for entry in caplog.records if "stays closed" in entry.message] == [
        "creator.gift-0 stays closed: the changelog has no leader"
    ]


async def test_a_lane_without_a_leader_is_opened_again_after_a_pause(two: Two) -> None:
    """Each try takes its transactional id: one in five seconds, not one with each beat."""
    two.log.is_missing = True
    await two.lanes.assign(two.places)
    for _ in range(3):
        await two.lanes.commit()
    assert two.log.asked == 1
    two.log.is_missing = False
    two.harness.clock.advance(5)
    await two.lanes.commit()
    assert two.log.asked == 2
    assert [two.lanes.is_leaderless(place) for place in two.places] == [False, False]
    await two.count(0)
    await two.lanes.commit()
    assert two.committed() == [50, 0]


async def test_a_commit_that_does_not_end_holds_no_other_up(two: Two) -> None:
    """The other lane commits again and again; the first one is known to be at it, and ends when it can."""
    await two.lanes.assign(two.places)
    Hanging.may_end.clear()
    await two.count(0)
    for _ in range(3):
        await two.count(1)
        await two.lanes.commit()
    assert two.committed() == [0, 150]
    assert [two.lanes.is_committing(place) for place in two.places] == [True, False]
    Hanging.may_end.set()
    await two.lanes.commit()
    assert two.committed() == [50, 150]
    assert not two.lanes.is_committing(two.places[0])


async def test_a_beat_that_is_cancelled_cancels_its_commits(two: Two) -> None:
    """Nothing of a worker that goes is left at work."""
    await two.lanes.assign(two.places)
    Hanging.may_end.clear()
    await two.count(0)
    two.lanes._bear = None
    beat = asyncio.create_task(two.lanes.commit())
    await Hanging.begun.wait()
    beat.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beat
    assert asyncio.all_tasks() == {asyncio.current_task()}
    Hanging.may_end.set()


async def test_what_is_shown_is_another_state_after_an_assignment(worker: Worker) -> None:
    """Another worker may have shown the lane in between: a page of before must not be handed on."""
    before = worker.lanes.shown()
    again = worker.lanes.shown()
    await worker.lanes.assign([worker.place])
    assert (before, worker.lanes.shown()[1]) == (again, before[1])
    assert worker.lanes.shown() != before


async def test_what_is_shown_is_another_state_after_a_fence(worker: Worker) -> None:
    """Also once the lane is open again: its new owner has shown it."""
    before = worker.lanes.shown()
    await worker.harness.open(("gift", 0))
    worker.lanes.table(worker.place.topic).count(worker.place.partition, worker.batch(0, 50))
    await worker.lanes.commit()
    fenced = worker.lanes.shown()
    worker.harness.clock.advance(2)
    worker.beat = worker.harness.clock.monotonic()
    await worker.lanes.commit()
    assert (fenced[1], worker.lanes.shown()[1]) == (frozenset(), before[1])
    assert worker.lanes.shown() != before


async def test_nothing_is_the_state_after_the_session_timed_out(worker: Worker) -> None:
    """As nothing is shown then."""
    worker.harness.clock.advance(SESSION)
    assert worker.lanes.shown()[1] == frozenset()
