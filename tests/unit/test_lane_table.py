"""The Faust tables: an agent applies batches to them, they own the lanes and answer reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from faust.types import TP

from creator_pulse.agents.app import PulseApp, build
from creator_pulse.proof.simulation.world import SimulatedWorld
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.tables.lane_table import LaneTable
from creator_pulse.stream.tables.partition_lanes import PartitionLanes, Place, WindowView
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import SMALL, START
from tests.support.records import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.transport.batch import Batch

GIFT = SMALL.topic("gift")
US = {"app": "tiktok", "region": "US"}


class Bench:
    """The application over a log in memory, with all lanes of it open, and no consumer."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.world = SimulatedWorld(SMALL, self.clock)
        self.app = build(SMALL, self.world.log, HASH_KEY, self.clock)
        self.app.heartbeat_sent_at = self.clock.monotonic()
        self.sought: list[tuple[TP, int]] = []
        self.let_go: list[Any] = []
        self.app._consumer = SimpleNamespace(seek=self._seek, counted=self.let_go.append)

    async def _seek(self, tp: TP, offset: int) -> None:
        self.sought.append((tp, offset))

    async def open(self) -> None:
        """Own all lanes."""
        await self.app.lanes.assign(self.world.places)

    def table(self, topic: str = GIFT) -> LaneTable:
        """A registered table."""
        table = self.app.tables[topic]
        assert isinstance(table, LaneTable)
        return table

    def gift(self, second: int, coins: int = 5, partition: int = 0, **fields: Any) -> None:
        """Write a gift to the log; no creator is named, so any key is right."""
        time = START + 1_000 * second
        own = {
            "event_id": f"{partition}-{second}",
            "event_time": time,
            "unit_coins": coins,
            "repeat_count": 1,
        }
        value = record("gift", "gift_sent", **own | fields)
        self.world.write(Produced("gift", b"k", value, time, partition))

    def batch(self, topic: str = GIFT, partition: int = 0, start: int = 0) -> Batch:
        """All that stands in a partition from an offset on."""
        batch = self.world.log.batch(topic, partition, start, 1_000)
        assert batch is not None
        return batch


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """With open lanes."""
    bench = Bench()
    await bench.open()
    yield bench
    await bench.app.lanes.close()


async def test_a_table_counts_what_is_applied_to_it(bench: Bench) -> None:
    """Two gifts of 5 coins and one of 7: nothing before the commit, 17 after it."""
    for second, coins in enumerate((5, 5, 7)):
        bench.gift(second, coins)
    assert await bench.table().apply(0, bench.batch()) is None
    assert bench.table().total("pulse_gift_coins_total") == 0
    await bench.app.lanes.commit()
    assert bench.table().total("pulse_gift_coins_total") == 17


async def test_a_total_is_of_all_partitions_and_of_the_labels_that_are_asked_for(bench: Bench) -> None:
    """3 coins in the US in one partition, 4 in Great Britain in the other."""
    bench.gift(0, 3)
    bench.gift(0, 4, partition=1, region="GB")
    for partition in (0, 1):
        await bench.table().apply(partition, bench.batch(partition=partition))
    await bench.app.lanes.commit()
    asked: tuple[dict[str, str], ...] = (
        {},
        {"region": "GB"},
        US,
        {"app": "douyin"},
    )
    assert [bench.table().total("pulse_gift_coins_total", **labels) for labels in asked] == [7, 4, 3, 0]


async def test_a_table_of_panes_answers_for_windows(bench: Bench) -> None:
    """5 coins in the first minute are its final value once the watermark, 5 s behind, is a minute past it."""
    bench.gift(10)
    for partition in (0, 1):
        bench.gift(130, partition=partition, is_test=True)
        await bench.table().apply(partition, bench.batch(partition=partition))
    await bench.app.lanes.commit()
    panes = bench.table(PANE_TOPIC)
    assert panes.window_view("gift_value_coins", "1m", **US) is None
    for partition in (0, 1):
        await panes.apply(partition, bench.batch(PANE_TOPIC, partition))
    await bench.app.lanes.commit()
    view = panes.window_view("gift_value_coins", "1m", **US)
    assert view == WindowView(value=5, end=START + 60_000, watermark=START + 120_000)


async def test_a_table_that_was_given_away_answers_nothing(bench: Bench) -> None:
    """As on the metrics page: another worker may show its lanes by then."""
    bench.gift(0)
    await bench.table().apply(0, bench.batch())
    await bench.app.lanes.commit()
    bench.app.lanes.release()
    assert bench.table().total("pulse_gift_coins_total") == 0


async def test_a_table_owns_the_lanes_of_its_assignment(bench: Bench) -> None:
    """Two partitions; one after the other went to another worker; its size is the number of them."""
    assert len(bench.table().data) == 2
    await bench.app.lanes.assign([Place(GIFT, 1)])
    assert [place for place, _ in bench.table().lanes] == [Place(GIFT, 1)]
    assert (len(bench.table().data), len(bench.table(PANE_TOPIC).data)) == (1, 0)


async def test_what_lies_beyond_the_lane_is_read_again(bench: Bench) -> None:
    """A batch that begins at offset 1 where 0 is not counted: go on at 0."""
    bench.gift(0)
    bench.gift(1)
    assert await bench.table().apply(0, bench.batch(start=1)) == 0


async def test_a_batch_for_a_lane_that_is_not_here_is_left(bench: Bench) -> None:
    """It is read again by whoever has the partition."""
    bench.gift(0)
    await bench.app.lanes.assign([])
    assert await bench.table().apply(0, bench.batch()) is None
    assert len(bench.table().lanes) == 0


@pytest.mark.parametrize(("agent", "topic"), [("count", GIFT), ("merge", PANE_TOPIC)])
async def test_an_agent_applies_each_batch_to_its_table(bench: Bench, agent: str, topic: str) -> None:
    """What it is handed is counted in the lane of its partition, and let go."""
    bench.gift(0)
    await bench.table().apply(0, bench.batch())
    await bench.app.lanes.commit()
    bench.gift(1)
    batch = bench.batch(topic, start=1 if topic == GIFT else 0)
    message = SimpleNamespace(topic=topic, partition=0, tp=TP(topic, 0))

    class Stream:
        """Of one batch."""

        async def events(self) -> AsyncIterator[Any]:
            """It."""
            yield SimpleNamespace(message=message, value=batch)

    await named(bench.app, agent).fun(Stream())
    runner = bench.table(topic).lanes.get(0)
    assert runner is not None
    assert runner.position == batch.end
    assert (bench.let_go, bench.sought) == ([message], [])


def named(app: PulseApp, agent: str) -> Any:
    """An agent by its name."""
    return next(faust_agent for name, faust_agent in app.agents.items() if name.endswith(agent))


def test_every_lane_topic_has_one_table_and_one_agent() -> None:
    """No topic is counted by nobody, or by two."""
    app = Bench().app
    assert {name for name, table in app.tables.items() if isinstance(table, LaneTable)} == app.lane_topics
    read = [topic for agent in ("count", "merge") for topic in named(app, agent).channel.topics]
    assert sorted(read) == sorted(app.lane_topics)


async def test_who_applies_by_hand_is_told_of_a_failed_commit() -> None:
    """Without an assignment to follow, nobody else would hear of it."""

    class Failing:
        """A lane whose commit has failed."""

        is_open = is_careful = True

        async def apply_with_care(self, batch: Batch) -> bool:
            """Fail."""
            raise LaneError(f"offset {batch.begin}")

    lanes = PartitionLanes(GIFT, lambda _: Failing())  # type: ignore[arg-type,return-value]
    lanes.take(0)
    bench = Bench()
    bench.gift(0)
    with pytest.raises(LaneError, match="offset 0"):
        await lanes.apply(0, bench.batch())
