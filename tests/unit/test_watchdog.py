"""The watchdog: each way to be alive but idle ends the worker, and none of the harmless ones does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest
from faust.types import TP

from creator_pulse.agents.app import PulseApp
from creator_pulse.agents.watchdog import Watchdog
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import LeaderlessError, StalledError
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.consumer_state import ConsumerState, Ends
from creator_pulse.stream.transport.memory_log import MemoryLog, MemoryProducer
from creator_pulse.stream.transport.names import DEAD_TOPIC, LATE_TOPIC, PANE_TOPIC, WINDOW_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

STALL = 60.0
SETTINGS = Settings(stall_after=STALL, partitions=2, merge_partitions=2)
GIFT = Place(SETTINGS.topic("gift"), 0)


class Consumer:
    """Kafka's side as the watchdog asks for it: the log's end, once the partition was fetched."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.answers = True
        self.fetched: set[Place] = {GIFT}
        self.leaderless: set[TP] = set()
        self.uncounted: dict[str, int] = {}
        self.denied: set[str] = set()
        self.handed_out = 0

    async def check_group(self) -> None:
        """It lets everybody in."""
        if not self.answers:
            await asyncio.Event().wait()

    async def look(self) -> ConsumerState:
        """Position of the fetch, end of what is stable, and end of the log."""
        if not self.answers:
            await asyncio.Event().wait()
        ends = {}
        for place in self.fetched:
            stable = (await self._log.bounds(*place))[1]
            ends[TP(*place)] = Ends(stable, stable, self._log.end(*place))
        return ConsumerState(ends, frozenset(self.leaderless), self.uncounted)

    async def seek(self, place: Place, offset: int) -> None:
        """Lanes say where they went on; here they are asked each time."""

    def has_counted(self, place: TP, counted: int) -> bool:
        """Whether all that was handed out is counted."""
        del place
        return counted >= self.handed_out

    def lag(self, place: TP, counted: int, ends: Ends) -> int:
        """Records that are not counted yet."""
        assert Place(*place) in self.fetched
        return max(0, ends.end - counted)


class HungLog(MemoryLog):
    """A log in memory whose answers can be held back for ever."""

    def __init__(self) -> None:
        names = [SETTINGS.topic(name) for name in INPUT_TOPICS]
        changelogs = [SETTINGS.changelog(name) for name in (*names, PANE_TOPIC)]
        others = (PANE_TOPIC, WINDOW_TOPIC, LATE_TOPIC, DEAD_TOPIC)
        super().__init__(dict.fromkeys((*names, *changelogs, *others), 2))
        self.hung = self.is_leaderless = self.commits_hang = False
        self.asked = asyncio.Event()

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Not while it is hung; the consumer asks for the source's end in its own way."""
        if self.hung and topic != GIFT.topic:
            self.asked.set()
            await asyncio.Event().wait()
        return await super().bounds(topic, partition)

    async def producer(self, transactional_id: str) -> MemoryProducer:
        """Not while a leader is missing."""
        if self.is_leaderless:
            raise LeaderlessError("the changelog has no leader")
        return Slow(self, transactional_id, (await super().producer(transactional_id))._epoch)


class Slow(MemoryProducer):
    """Its commits do not end while the log says so."""

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """As ever, or never."""
        log = cast("HungLog", self._log)
        if log.commits_hang:
            log.asked.set()
            await asyncio.Event().wait()
        await super().commit(records)


class Worker:
    """An application over the log in memory, with one gift partition and a clock turned by hand."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.clock = ManualClock()
        self.log = HungLog()
        self.app = PulseApp(settings, self.log, HASH_KEY, self.clock)
        self.consumer = Consumer(self.log)
        self.app._consumer = self.consumer
        self.app.assigned = {TP(*GIFT)}
        self.beat()
        self.watchdog = Watchdog(self.app)
        self._records = [
            OutRecord(GIFT.topic, record.key, record.value, 0)
            for record in traffic(5, 40, 2_000)
            if (record.topic, record.partition) == ("gift", 0)
        ]

    def beat(self) -> None:
        """A group heartbeat succeeds now."""
        self.app.heartbeat_sent_at = self.clock.monotonic()

    def produce(self, count: int) -> None:
        """So many more records are to be read."""
        self.log.write(self._records[:count], timestamp=self.clock.now_ms())
        del self._records[:count]

    def count(self) -> None:
        """Apply all there is, without a commit."""
        start = self.app.lanes.position(GIFT) or 0
        batch = self.log.batch(*GIFT, start, 1_000)
        assert batch is not None
        self.app.lanes.table(GIFT.topic).count(GIFT.partition, batch)

    async def looks(self, seconds: float, *, beating: bool = True) -> None:
        """A look each second."""
        for _ in range(round(seconds)):
            self.clock.advance(1)
            if beating:
                self.beat()
            await self.watchdog.look()


@pytest.fixture
async def worker() -> Worker:
    """A worker with its lane open."""
    made = Worker()
    await made.app.open_lanes()
    return made


async def test_a_lane_that_never_opens_ends_the_worker() -> None:
    """With records to read, the lane has the stated time and one look more."""
    worker = Worker()
    worker.produce(10)
    await worker.looks(STALL + 1)
    with pytest.raises(StalledError, match=r"no progress for 60 s \(creator.gift-0 commits nothing, 10 re"):
        await worker.looks(1)


async def test_a_lane_that_never_opens_is_no_rest_without_records_either() -> None:
    """A closed lane could not count what comes."""
    worker = Worker()
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing"):
        await worker.looks(STALL + 2)


async def test_a_partition_that_is_never_fetched_ends_the_worker(worker: Worker) -> None:
    """Nobody knows its lag: that is no reason to look away."""
    worker.consumer.fetched = set()
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing, its end is not known"):
        await worker.looks(STALL + 2)


async def test_a_commit_that_hangs_ends_the_worker(worker: Worker) -> None:
    """All is read and applied, so there is no lag; but what is never committed is never shown."""
    worker.produce(10)
    worker.count()
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing, 0 records"):
        await worker.looks(STALL + 2)


async def test_records_that_are_read_again_and_again_are_no_progress(worker: Worker) -> None:
    """A lane that applies, fails to commit and recovers moves its position, but commits nothing."""
    worker.produce(20)
    worker.log.tear = lambda _: "lost"
    await worker.looks(2)
    for _ in range(round(STALL) - 2):
        worker.count()
        await worker.app.lanes.commit()
        await worker.looks(1)
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing, 20 records"):
        await worker.looks(3)


async def test_slow_progress_is_progress(worker: Worker) -> None:
    """One commit within the stated time is enough, whatever is left."""
    for _ in range(4):
        worker.produce(10)
        worker.count()
        worker.produce(10)
        await worker.app.lanes.commit()
        await worker.looks(STALL - 1)
    assert worker.watchdog.lag(GIFT) == 10


async def test_nothing_to_do_is_no_stall(worker: Worker) -> None:
    """All read and committed: a quiet topic may stay quiet."""
    worker.produce(10)
    worker.count()
    await worker.app.lanes.commit()
    await worker.looks(10 * STALL)
    assert worker.watchdog.still_seconds(GIFT, worker.clock.monotonic()) == 0


async def test_a_worker_without_partitions_waits(worker: Worker) -> None:
    """More workers than partitions: the spare one stands by."""
    worker.app.assigned = set()
    await worker.looks(10 * STALL)
    assert worker.watchdog.samples() == []


async def test_a_source_that_was_made_anew_is_counted_in_peace(worker: Worker) -> None:
    """Its offsets begin at 0 again, below what was committed: going on from there is progress."""
    worker.produce(30)
    worker.count()
    await worker.app.lanes.commit()
    await worker.looks(2)
    worker.log._partitions.pop((GIFT.topic, GIFT.partition))
    await worker.app.lanes.assign(())
    await worker.app.open_lanes()
    await worker.looks(1)
    for _ in range(3):
        worker.produce(5)
        worker.count()
        worker.produce(5)
        await worker.app.lanes.commit()
        await worker.looks(STALL - 5)
    assert worker.watchdog.lag(GIFT) == 5


async def test_a_group_that_does_not_come_to_rest_ends_the_worker(worker: Worker) -> None:
    """Rebalancing may take twice the stated time."""
    worker.app.rebalancing = True
    await worker.looks(2 * STALL)
    with pytest.raises(StalledError, match=r"no progress for 120 s \(the group does not come to rest\)"):
        await worker.looks(1)


async def test_a_group_that_only_pauses_between_rebalances_is_not_at_rest(worker: Worker) -> None:
    """A moment of rest in which nothing is committed does not begin the time anew."""
    worker.produce(10)
    for _ in range(13):
        worker.app.rebalancing = True
        await worker.looks(9)
        worker.app.rebalancing = False
        await worker.looks(1)
    worker.app.rebalancing = True
    with pytest.raises(StalledError, match="does not come to rest"):
        await worker.looks(9)


async def test_rebalances_with_commits_between_are_progress(worker: Worker) -> None:
    """Partitions that come and go all the time are no stall while lanes commit in between."""
    for _ in range(20):
        worker.app.rebalancing = True
        await worker.looks(20)
        worker.app.rebalancing = False
        worker.produce(2)
        worker.count()
        await worker.app.lanes.commit()
        await worker.looks(2)
    assert worker.watchdog.moving_seconds() is None


async def test_a_long_rebalance_is_not_held_against_lanes(worker: Worker) -> None:
    """Nothing can be committed while the group moves: lanes have their whole time after it."""
    worker.produce(10)
    await worker.looks(2)
    worker.app.rebalancing = True
    await worker.looks(2 * STALL - 1)
    worker.app.rebalancing = False
    await worker.looks(STALL - 5)
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing"):
        await worker.looks(10)


async def test_a_group_that_does_not_hear_the_worker_ends_it(worker: Worker) -> None:
    """Without a heartbeat the worker owns nothing, even if it does not know yet."""
    await worker.looks(2 * STALL, beating=False)
    with pytest.raises(StalledError, match="no group heartbeat has succeeded"):
        await worker.looks(1, beating=False)


async def test_a_consumer_that_does_not_answer_ends_the_worker() -> None:
    """The watchdog's own question has the stated time, on the event loop's clock."""
    worker = Worker(Settings(stall_after=0.05, partitions=2, merge_partitions=2))
    worker.consumer.answers = False
    with pytest.raises(StalledError, match="the consumer does not answer"):
        await worker.watchdog.run()


async def test_a_recovery_without_progress_ends_the_worker() -> None:
    """Lanes that are opened for an assignment have the stated time, on the event loop's clock."""
    worker = Worker(Settings(stall_after=0.05, partitions=2, merge_partitions=2))
    worker.log.hung = True
    with pytest.raises(StalledError, match="the lanes did not open within"):
        await worker.app.open_lanes()
    assert worker.app.failed.is_set()


async def test_a_lane_that_does_not_come_back_ends_the_worker(worker: Worker) -> None:
    """After a torn commit the lane recovers; when that hangs, the commit of all lanes does."""
    worker.produce(10)
    worker.count()
    worker.log.tear = lambda _: "lost"
    worker.log.hung = True
    commit = asyncio.create_task(worker.app.lanes.commit())
    await worker.log.asked.wait()
    try:
        with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing, 10 records"):
            await worker.looks(STALL + 2)
        assert not commit.done()
    finally:
        commit.cancel()
        await asyncio.gather(commit, return_exceptions=True)


async def test_a_commit_under_way_has_time_to_end(worker: Worker) -> None:
    """It has a limit of its own, and then says why it failed: the worker ends after twice the stated time."""
    worker.produce(10)
    worker.count()
    worker.log.commits_hang = True
    commit = asyncio.create_task(worker.app.lanes.commit())
    await worker.log.asked.wait()
    try:
        await worker.looks(2 * STALL)
        with pytest.raises(StalledError, match=r"no progress for 120 s \(creator.gift-0 commits nothing"):
            await worker.looks(2)
    finally:
        commit.cancel()
        await asyncio.gather(commit, return_exceptions=True)


async def test_a_lane_that_misses_a_leader_waits_and_is_named() -> None:
    """Of its changelog, say: however long, the worker stays."""
    worker = Worker()
    worker.log.is_leaderless = True
    await worker.app.open_lanes()
    worker.produce(10)
    await worker.looks(3 * STALL)
    assert waiting(worker) == {"open_transaction": 0, "no_leader": 1, "no_right": 0}


def waiting(worker: Worker) -> dict[str, float]:
    """What the gift partition waits for."""
    return {
        dict(sample.labels)["reason"]: sample.value
        for sample in worker.watchdog.samples()
        if sample.family == "pulse_partition_waiting"
    }


def open_transaction(worker: Worker, transactional_id: str = "upstream") -> None:
    """Somebody writes a record, and does not say that it stands."""
    worker.log.hold(transactional_id, [worker._records.pop(0)])


async def counted(worker: Worker) -> None:
    """All that can be read is counted and committed."""
    worker.count()
    await worker.app.lanes.commit()


async def test_an_open_transaction_is_waited_for(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """All below it is counted: however long it lasts, the worker is not stuck. It is named, once."""
    worker.produce(10)
    await counted(worker)
    open_transaction(worker)
    worker.produce(5)
    await worker.looks(10 * STALL)
    assert waiting(worker) == {"open_transaction": 1, "no_leader": 0, "no_right": 0}
    assert worker.watchdog.lag(GIFT) == 6
    (line,) = (entry.message for entry in caplog.records if "waits" in entry.message)
    assert line.startswith("creator.gift-0 waits at offset 10 for somebody's open transaction: ")


async def test_a_transaction_that_ends_is_waited_for_no_longer(worker: Worker) -> None:
    """What it hid is counted, and nothing is shown of it."""
    worker.produce(10)
    await counted(worker)
    open_transaction(worker)
    await worker.looks(20)
    worker.log.release("upstream", commit=True)
    await counted(worker)
    await worker.looks(1)
    assert waiting(worker)["open_transaction"] == 0


async def test_short_transactions_are_not_named(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """A producer that commits every few seconds always has one open, but never the same."""
    for _ in range(10):
        open_transaction(worker)
        await worker.looks(7)
        assert waiting(worker)["open_transaction"] == 0
        worker.log.release("upstream", commit=True)
        await counted(worker)
        await worker.looks(1)
    assert "waits" not in caplog.text


async def test_transactions_that_overlap_are_not_named(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    """One is always open, and what can be read moves on all the same."""
    open_transaction(worker, "0")
    for number in range(20):
        open_transaction(worker, str(number + 1))
        worker.log.release(str(number), commit=True)
        await counted(worker)
        await worker.looks(7)
        assert waiting(worker)["open_transaction"] == 0
    assert "waits" not in caplog.text


async def test_a_lane_that_commits_nothing_below_an_open_transaction_is_stuck(worker: Worker) -> None:
    """What can be read and is never committed is the worker's own fault."""
    worker.produce(10)
    worker.count()
    open_transaction(worker)
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing"):
        await worker.looks(STALL + 2)


async def test_what_was_handed_out_and_is_not_counted_is_stuck(worker: Worker) -> None:
    """The fetch is at the transaction, the lane is not."""
    worker.produce(10)
    open_transaction(worker)
    worker.consumer.handed_out = 10
    with pytest.raises(StalledError, match=r"creator.gift-0 commits nothing"):
        await worker.looks(STALL + 2)


async def test_a_partition_without_a_leader_is_waited_for(worker: Worker) -> None:
    """There are records to read, and nobody to read them from."""
    worker.produce(10)
    worker.consumer.leaderless = {TP(*GIFT)}
    worker.consumer.fetched = set()
    await worker.looks(10 * STALL)
    assert waiting(worker)["no_leader"] == 1


async def test_a_topic_that_may_not_be_read_is_waited_for(worker: Worker) -> None:
    """The right is missing: another worker would not have it either."""
    worker.produce(10)
    worker.consumer.denied = {GIFT.topic}
    await worker.looks(10 * STALL)
    assert waiting(worker)["no_right"] == 1


async def test_partitions_beyond_the_settings_are_told(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line and a series, and the worker goes on."""
    worker.consumer.uncounted = {"creator.watch": 2, "creator.gift": 0}
    await worker.looks(2 * STALL)
    shown = {dict(partition.labels)["topic"]: partition.value for partition in worker.watchdog.uncounted()}
    assert shown == {"watch": 2, "gift": 0}
    (line,) = (entry.message for entry in caplog.records if "counted by nobody" in entry.message)
    assert line.startswith("creator.watch has not the 2 partitions that the settings say: 2 are")


async def test_a_group_that_does_not_let_the_worker_in_is_no_stall(worker: Worker) -> None:
    """It is said and waited for; once it is over, the worker has the whole time again."""
    worker.app.join_fault = "who is in it is no worker"
    worker.app.rebalancing = True
    await worker.looks(10 * STALL, beating=False)
    worker.app.join_fault = ""
    worker.app.rebalancing = False
    await worker.looks(2 * STALL - 1, beating=False)
    with pytest.raises(StalledError, match="no group heartbeat has succeeded"):
        await worker.looks(2, beating=False)
