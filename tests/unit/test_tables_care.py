"""A record at which counting fails is passed over by itself: what stands around it counts as ever."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.transport.names import DEAD_TOPIC, PANE_TOPIC
from creator_pulse.stream.windows.merge_lane import MergeLane
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import START, Bench
from tests.support.records import record

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.lane import Checkpoint
    from creator_pulse.stream.transport.batch import Batch

POISON = b'"viewer_id": "poison'
GIFT = ("gift", 0)


class Rust(BaseException):
    """What a panic of a compiled library is: no ``Exception``."""


def is_poisoned(batch: Batch) -> bool:
    """Whether one of a batch's records is poison."""
    return any(POISON in (value or b"") for value in batch.values)


class FailsToRead(SourceLane):
    """Raises before anything is changed."""

    def probe(self, batch: Batch) -> None:
        """Read."""
        if is_poisoned(batch):
            raise KeyError("poison")

    def apply(self, batch: Batch) -> None:
        """Read and count."""
        self.probe(batch)
        super().apply(batch)


class FailsHalfway(SourceLane):
    """Raises when everything is changed."""

    def apply(self, batch: Batch) -> None:
        """Count, and fail."""
        super().apply(batch)
        if is_poisoned(batch):
            raise Rust


class FailsToSum(SourceLane):
    """Raises when the checkpoint is asked for."""

    _poisoned = False

    def apply(self, batch: Batch) -> None:
        """Count."""
        super().apply(batch)
        self._poisoned |= is_poisoned(batch)

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Sum, and fail."""
        if self._poisoned:
            raise ZeroDivisionError
        return super().checkpoint(now_ms)


class FailsToMerge(MergeLane):
    """Raises at the third pane record that it gets."""

    def apply(self, batch: Batch) -> None:
        """Add, and fail."""
        super().apply(batch)
        if 4 in batch.offsets:
            raise KeyError("viewer-77")


KINDS = [FailsToRead, FailsHalfway, FailsToSum]


def gifts(count: int, poisoned: set[int]) -> list[Produced]:
    """So many gifts of one coin, some of which are poison."""
    viewers = ["poison" if at in poisoned else "v" for at in range(count)]
    values = [
        record("gift", "gift_sent", event_id=f"e{at}", viewer_id=viewer, unit_coins=1)
        for at, viewer in enumerate(viewers)
    ]
    return [Produced("gift", b"c", value, START, 0) for value in values]


class Worker:
    """The lanes of one partition over the log in memory, read and committed in turn as a worker does.

    Args:
        bench: with the log.
        place: what is read.
    """

    def __init__(self, bench: Bench, place: Place) -> None:
        self.bench, self.place = bench, place
        self.sought = 0
        self.lanes = Lanes(
            lambda at: bench.world.runner(at, bench.log, bench.clock, HASH_KEY),
            bench.clock,
            bench.clock.monotonic,
            10.0,
            self._seek,
        )

    def _seek(self, _: Place, offset: int) -> None:
        self.sought = offset

    async def run(self, most: int, turns: int = 200) -> int:
        """Read to the end.

        Returns:
            how many turns it took.
        """
        await self.lanes.assign([self.place])
        _, end = await self.bench.log.bounds(*self.place)
        position = 0
        for turn in range(turns):
            self.bench.clock.advance(1)
            self.sought = position
            batch = self.bench.log.batch(*self.place, position, most)
            table = self.lanes.table(self.place.topic)
            following = None if batch is None else await table.apply(self.place.partition, batch)
            position = batch.end if batch is not None and following is None else following or position
            self.sought = position
            await self.lanes.commit()
            position = self.sought
            if self.bench.log.batch(*self.place, self.lanes.positions().get(self.place, 0), end) is None:
                return turn
        raise AssertionError(f"no end after {turns} turns: {self.lanes.positions()}, {position}")

    def totals(self, family: str, label: str = "") -> dict[str, float]:
        """Sums of a family by a label, where they are not 0."""
        totals: dict[str, float] = {}
        for sample in self.lanes.samples():
            if sample.family == family and sample.value:
                name = dict(sample.labels).get(label, "")
                totals[name] = totals.get(name, 0) + sample.value
        return totals


async def counted(kind: type[SourceLane], poisoned: set[int], most: int, count: int = 100) -> Worker:
    """A worker that has read gifts to the end."""
    bench = Bench(gifts(count, poisoned), parts=Parts(source_lane=kind))
    worker = Worker(bench, Place(bench.topic(GIFT), 0))
    await worker.run(most)
    return worker


@pytest.mark.parametrize("kind", KINDS)
async def test_all_but_the_record_that_fails_count(kind: type[SourceLane]) -> None:
    """One of a hundred gifts: 99 coins, and one record that failed."""
    worker = await counted(kind, {37}, 100)
    assert worker.totals("pulse_records_total", "outcome") == {"counted": 99, "invalid": 1}
    assert worker.totals("pulse_invalid_records_total", "reason") == {"failed": 1}
    assert worker.totals("pulse_gift_coins_total") == {"": 99}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most", [1, 7, 100])
@pytest.mark.slow
async def test_batches_do_not_change_which_ones_fail(kind: type[SourceLane], most: int) -> None:
    """At the beginning, side by side, at the end: the same dead letters at any batch size."""
    poisoned = {0, 41, 42, 43, 99}
    worker = await counted(kind, poisoned, most)
    assert dead(worker) == [(at, b"failed") for at in sorted(poisoned)]
    assert worker.totals("pulse_gift_coins_total") == {"": 95}


def dead(worker: Worker) -> list[tuple[int, bytes]]:
    """Offset and reason of the dead letters."""
    numbers = range(worker.bench.settings.merge_partitions)
    letters = [headers for number in numbers for headers in worker.bench.log.headers(DEAD_TOPIC, number)]
    return sorted((int(letter["offset"]), letter["reason"]) for letter in letters)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
async def test_a_state_built_again_passes_over_the_same_records(kind: type[SourceLane]) -> None:
    """The changelog lost its entries; counted again from the source, all stands as it stood."""
    worker = await counted(kind, {3, 4, 77}, 30)
    families = ("pulse_records_total", "pulse_gift_coins_total")
    before = [worker.totals(family, "outcome") for family in families]
    bench = worker.bench
    bench.log.truncate(bench.changelog(GIFT), 0, 3)
    again = Worker(bench, worker.place)
    await again.run(100)
    after = [again.totals(family, "outcome") for family in families]
    assert after == before == [{"counted": 97, "invalid": 3}, {"": 97}]


async def test_records_that_cannot_be_read_cost_one_recovery() -> None:
    """However many there are: they are found without a change to the lane."""
    bench = Bench(gifts(100, set(range(0, 100, 2))), parts=Parts(source_lane=FailsToRead))
    worker = Worker(bench, Place(bench.topic(GIFT), 0))
    await worker.run(100)
    assert bench.log.epochs["pulse-creator.gift-0"] == 2
    assert worker.totals("pulse_gift_coins_total") == {"": 50}


async def test_a_lane_whose_every_record_fails_comes_to_its_end() -> None:
    """Nothing is counted, and everything is told."""
    worker = await counted(FailsHalfway, set(range(20)), 20, count=20)
    assert worker.totals("pulse_records_total", "outcome") == {"invalid": 20}


async def test_a_failure_without_a_record_to_blame_is_raised() -> None:
    """The state itself fails: passing over records would help nobody."""

    class Broken(SourceLane):
        def checkpoint(self, now_ms: int) -> Checkpoint | None:
            del now_ms
            raise ZeroDivisionError

    bench = Bench(gifts(3, set()), parts=Parts(source_lane=Broken))
    worker = Worker(bench, Place(bench.topic(GIFT), 0))
    with pytest.raises(ZeroDivisionError):
        await worker.run(3)


async def test_what_stands_around_a_lane_is_not_blamed_on_records() -> None:
    """Memory, files and the lane's own errors go on as they are."""

    class Full(SourceLane):
        def apply(self, batch: Batch) -> None:
            del batch
            raise MemoryError

    bench = Bench(gifts(3, set()), parts=Parts(source_lane=Full))
    worker = Worker(bench, Place(bench.topic(GIFT), 0))
    with pytest.raises(MemoryError):
        await worker.run(3)


async def test_a_merge_lane_passes_over_the_record_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """One of six; the log names where it failed, and nothing that a record says."""
    bench = Bench(gifts(12, set()), parts=Parts(merge_lane=FailsToMerge))
    source = Worker(bench, Place(bench.topic(GIFT), 0))
    await source.run(1)
    worker = Worker(bench, Place(PANE_TOPIC, 0))
    with caplog.at_level(logging.INFO):
        await worker.run(100)
    assert worker.totals("pulse_invalid_records_total", "reason") == {"failed": 1}
    assert "KeyError at test_tables_care.py" in caplog.text
    assert "viewer-77" not in caplog.text
