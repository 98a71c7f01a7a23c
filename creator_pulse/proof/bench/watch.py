"""Watches from outside as workers read a topic to its end: Kafka's offsets, and CPU time of the kernel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from creator_pulse.proof.bench.figures import Run
from creator_pulse.stream.errors import StackError
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.bench.worker_process import WorkerProcess
    from creator_pulse.stream.settings import Settings

_LOOK_SECONDS = 0.1
# If nothing is written for this long, a worker is done: no interval but the early firing's is longer.
_QUIET_SECONDS = 2.5
_PATIENCE_SECONDS = 15.0
# Share of a core above which a worker is still at work.
_BUSY = 0.25


@dataclass(frozen=True, slots=True)
class ProgressSample:
    """The progress of the workers at one moment.

    Attributes:
        at: time in monotonic seconds.
        wall: seconds since the epoch.
        cpu: CPU seconds of all workers so far.
        committed: committed source offset by partition.
        written: sum of the end offsets of the topics that the workers write.
    """

    at: float
    wall: float
    cpu: float
    committed: Mapping[int, int]
    written: int


@dataclass
class Watch:
    """Samples the progress of workers until they have read a topic and written all results.

    Args:
        bench: provides clock and broker.
        settings: settings of the workers.
        workers: the running workers.
        topic: full name of the topic that they read.
        written: names of the topics that they write.
        progress: the samples so far, in order of time.
    """

    bench: Bench
    settings: Settings
    workers: Sequence[WorkerProcess]
    topic: str
    written: Sequence[str]
    progress: list[ProgressSample] = field(default_factory=list)

    async def until_read(
        self, ends: Mapping[int, int], check: Callable[[], Awaitable[str]], seconds: float
    ) -> str:
        """Wait until every partition is committed to its end, nothing more is written, and all is right.

        Args:
            ends: end offset by partition.
            check: returns the difference from the expected result; repeated for a while, because a worker
                that gets no CPU looks like one that is done.
            seconds: time limit, from now.

        Returns:
            the last difference; empty if there is none.

        Raises:
            StackError: a worker died, or the time is up.
        """
        over_at: float | None = None
        consumer = AIOKafkaConsumer(**client_kwargs(self.settings), enable_auto_commit=False)
        await consumer.start()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    for worker in self.workers:
                        if not worker.child.running:
                            raise worker.child.death()
                    self.progress.append(await self._sample(consumer))
                    if self._over(ends):
                        wrong = await check()
                        over_at = over_at or self.progress[-1].at
                        if not wrong or self.progress[-1].at - over_at > _PATIENCE_SECONDS:
                            return wrong
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError as error:
            raise StackError(f"the workers did not read {self.topic} within {seconds:.0f} s") from error
        finally:
            await consumer.stop()

    def run(self, events: int, wrong: str = "") -> Run:
        """The figures from the first record to the last write.

        Args:
            events: number of records in the topic.
            wrong: the difference from the expected result; empty if there is none.

        Raises:
            StackError: no worker has logged that it owns lanes.
        """
        began = [at for at in (worker.owned_at() for worker in self.workers) if at is not None]
        if not began:
            raise StackError("no worker has said that it owns lanes: see its log")
        first, last = self._at(min(began)), self._end()
        return Run(
            events=events,
            seconds=last.wall - min(began),
            cpu_seconds=last.cpu - first.cpu,
            peak_mb=sum(worker.peak_mb() for worker in self.workers),
            start_seconds=min(began) - min(worker.started_at for worker in self.workers),
            wrong=wrong,
        )

    async def _sample(self, consumer: AIOKafkaConsumer) -> ProgressSample:
        committed = await self._committed()
        places = [
            TopicPartition(name, number)
            for name in self.written
            for number in consumer.partitions_for_topic(name) or await self._partitions(consumer, name)
        ]
        written = sum((await consumer.end_offsets(places)).values()) if places else 0
        clock = self.bench.clock
        cpu = sum(worker.cpu_seconds() for worker in self.workers)
        return ProgressSample(clock.monotonic(), clock.now_ms() / 1000, cpu, committed, written)

    async def _committed(self) -> dict[int, int]:
        try:
            group = await self.bench.admin.list_consumer_group_offsets(self.settings.app_id)
        except KafkaError as error:
            if not error.retriable:
                raise
            return {}  # the group, or the topic of all groups, is still being created
        return {place.partition: entry.offset for place, entry in group.items() if place.topic == self.topic}

    async def _partitions(self, consumer: AIOKafkaConsumer, name: str) -> set[int]:
        await consumer.topics()
        return consumer.partitions_for_topic(name) or set()

    def _over(self, ends: Mapping[int, int]) -> bool:
        last = self.progress[-1]
        if any(last.committed.get(number, 0) < end for number, end in ends.items()):
            return False
        before = next(
            (sample for sample in reversed(self.progress) if last.at - sample.at >= _QUIET_SECONDS), None
        )
        return (
            before is not None
            and before.committed == last.committed
            and before.written == last.written
            and last.cpu - before.cpu < _BUSY * (last.at - before.at) * len(self.workers)
        )

    def _at(self, wall: float) -> ProgressSample:
        """The sample closest to a wall-clock time, seconds."""
        return min(self.progress, key=lambda sample: abs(sample.wall - wall))

    def _end(self) -> ProgressSample:
        """The first sample with the final state."""
        final = self.progress[-1]
        for index in range(len(self.progress) - 1, -1, -1):
            sample = self.progress[index]
            if sample.committed != final.committed or sample.written != final.written:
                return self.progress[index + 1]
        return self.progress[0]
