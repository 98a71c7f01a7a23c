"""Hand-made schedules for bugs that chance shows seldom, under the simulation's own judges."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.proof.simulation.expected_totals import ExpectedTotals
from creator_pulse.proof.simulation.network import Network
from creator_pulse.proof.simulation.process import Process
from creator_pulse.proof.simulation.redis import MemoryRedis, WorkerRedis
from creator_pulse.proof.simulation.scraper import Scraper
from creator_pulse.proof.simulation.story import Story
from creator_pulse.proof.simulation.world import SimulatedWorld
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from tests.support.hash_key import HASH_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from creator_pulse.proof.simulation.parts import Parts
    from creator_pulse.stream.tables.lanes import Lanes
    from creator_pulse.stream.tables.partition_lanes import Place
    from creator_pulse.stream.tables.runner import LaneRunner
    from creator_pulse.stream.transport.batch import Batch, OutRecord
    from creator_pulse.stream.transport.log import LogProducer
    from creator_pulse.stream.transport.memory_log import MemoryLog, MemoryProducer

START = 1_760_000_040_000
ALL = 1 << 40
SESSION_SECONDS = 10.0
SETTINGS = Settings(
    partitions=1,
    merge_partitions=1,
    allowed_lateness_ms=60_000,
    dedup_horizon_ms=60_000,
    session_timeout=SESSION_SECONDS,
)


class _Producer:
    """Tells the ledger's keeper what was committed."""

    def __init__(self, inner: MemoryProducer, expected: ExpectedTotals) -> None:
        self._inner = inner
        self._expected = expected

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction."""
        await self._inner.commit(records)
        self._expected.committed(self, records)

    async def close(self) -> None:
        """Let go."""
        await self._inner.close()


class _Log:
    """A log whose commits are told of."""

    def __init__(self, inner: MemoryLog, expected: ExpectedTotals) -> None:
        self._inner = inner
        self._expected = expected

    async def producer(self, transactional_id: str) -> LogProducer:
        """Take a transactional id."""
        return _Producer(await self._inner.producer(transactional_id), self._expected)

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset, and the end."""
        return await self._inner.bounds(topic, partition)

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether a transaction has no end there."""
        return await self._inner.undecided(topic, partition)

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records."""
        return self._inner.read(topic, partition, start, end)


class Scene:
    """One input partition, its merge lane, and what the laws say of them.

    Args:
        parts: of every worker.

    Attributes:
        violations: broken laws so far.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = ManualClock(START)
        self._story = Story(self._clock)
        self._world = SimulatedWorld(SETTINGS, self._clock, ("gift",), parts)
        self._expected = ExpectedTotals(SETTINGS, self._world.sources, self._world.merges)
        self._log = _Log(self._world.log, self._expected)
        self._scraper = Scraper(SETTINGS, self._expected, self._story)
        self._made = (record for record in events(3, 20, START, 1, world=DENSE) if record.topic == "gift")
        (self._source,), (self._merge,) = self._world.sources, self._world.merges

    @property
    def violations(self) -> tuple[str, ...]:
        """All broken laws."""
        return tuple(self._story.violations)

    async def a_fenced_owner_commits(self) -> None:
        """The former owner of a lane has counted, is fenced, and commits."""
        former, new = self._runner(self._source), self._runner(self._source)
        await former.open()
        self._write(20)
        former.apply(self._batch(self._source, former.position))
        await new.open()
        with suppress(LaneError):
            await former.commit()
        self._scraper.take("former", former.samples())

    async def a_former_owner_commits_last(self) -> None:
        """The new owner has counted more and committed; then the former one commits, and a third recovers."""
        former, new, third = (self._runner(self._source) for _ in range(3))
        await former.open()
        self._write(20)
        former.apply(self._batch(self._source, former.position))
        await new.open()
        self._write(300)  # so many that some are of a region that the former owner has not seen
        new.apply(self._batch(self._source, new.position))
        await new.commit()
        self._scraper.take("new", new.samples())
        with suppress(LaneError):
            await former.commit()
        await third.open()
        self._scraper.take("third", third.samples())

    async def a_paused_owner_is_scraped(self) -> None:
        """A worker stands still with a heartbeat on its way, another one takes over and counts on."""
        sent = self._clock.monotonic()
        beat = {"paused": sent, "other": sent}
        paused, other = self._lanes(beat, "paused"), self._lanes(beat, "other")
        await paused.assign([self._source])
        await self._count(paused)
        self._scraper.take("paused", paused.samples())
        self._clock.advance(SESSION_SECONDS)
        beat["other"] = self._clock.monotonic()
        await other.assign([self._source])
        await self._count(other)
        self._scraper.take("other", other.samples())
        beat["paused"] = self._parts.heartbeat(sent, self._clock.monotonic())
        self._scraper.take("paused", paused.samples())

    async def a_slow_worker_publishes(self) -> None:
        """Two workers publish one view; the one that is behind is the last."""
        network = Network(Random(0), self._story)
        server = MemoryRedis(self._story)
        for offset in (10, 7):
            views = self._parts.views(WorkerRedis(server, Process(Random(0), network)))
            await views.publish({"view": ((1, offset), b'{"value":1}')})

    async def a_merge_lane_dies_while_it_commits(self) -> None:
        """The second transaction that it writes is lost; it is opened again, and goes on."""
        source = self._runner(self._source)
        await source.open()
        self._write(1_000)
        source.apply(self._batch(self._source, 0))
        await source.commit()
        answers = iter(["", "lost"])
        self._world.log.tear = lambda _: next(answers, "")
        for _ in range(2):
            merge = self._runner(self._merge)
            await merge.open()
            if merge.position == 0:
                merge.apply(self._batch(self._merge, 0))
            with suppress(LaneError):
                await merge.commit()
        self._windows()

    def _windows(self) -> None:
        records = [
            (key.decode(), msgspec.json.decode(value))
            for key, value in self._world.records(WINDOW_TOPIC)
            if key is not None and value is not None
        ]
        for difference in verify_windows(self._expected.whole(), SETTINGS, records):
            self._story.broken(
                "Window",
                f"{difference.series} {dict(difference.labels)}: {difference.actual}, "
                f"the ledger has {difference.expected}",
            )

    async def _count(self, lanes: Lanes) -> None:
        self._write(20)
        position = lanes.position(self._source)
        assert position is not None
        lanes.table(self._source.topic).count(self._source.partition, self._batch(self._source, position))
        await lanes.commit()

    def _lanes(self, beat: dict[str, float], name: str) -> Lanes:
        return self._parts.lanes(
            self._runner, self._clock, lambda: beat[name], SESSION_SECONDS, lambda _place, _offset: None
        )

    def _runner(self, place: Place) -> LaneRunner:
        return self._world.runner(place, self._log, self._clock, HASH_KEY)

    def _batch(self, place: Place, start: int) -> Batch:
        batch = self._world.log.batch(*place, start, ALL)
        assert batch is not None
        return batch

    def _write(self, count: int) -> None:
        for record in islice(self._made, count):
            self._world.write(record)
            self._expected.append(record)
