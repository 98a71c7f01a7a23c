"""Runs the generator at its rate, and passes each record that a sink has accepted to a recorder."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.scenarios.injection import Injection, injected
from creator_pulse.stream.generator.world import PLATFORM, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

CHUNK_RECORDS = 4_000
_CHUNK_SECONDS = 0.05
_DAY_SECONDS = 86_400.0
# Records taken in by the recorder before other tasks of the event loop get a turn.
_BREATH = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """The records to produce.

    For example ``Plan(seed=1, rate=5_000, seconds=60)``: 300,000 records in a minute.

    Attributes:
        seed: seed of the generator.
        rate: records per second.
        start_ms: virtual time of the start, epoch ms; None: now or, if not paced, so early that it ends now.
        seconds: length in virtual time; None: endless.
        limit: largest number of records; None: no limit.
        paced: whether virtual time follows the clock 1:1; if not, it goes as fast as Kafka accepts records.
        world: how much of everything there is.
        ledger_file: file to which the ledger is written at the end; None: it is not written.
        offenders: share of the records that belong to incidents for the fraud guardrails, 0 to 1.
        faults: what goes wrong in the run.
        catches_up: of a paced run that starts in the past, whether virtual time is the clock's at once: what
            is due by then is sent as fast as Kafka takes it.
        behind_ms: how much of the same world was counted before the start.
    """

    seed: int
    rate: float
    start_ms: int | None = None
    seconds: float | None = None
    limit: int | None = None
    paced: bool = True
    world: World = PLATFORM
    ledger_file: Path | None = None
    offenders: float = 0.0
    faults: tuple[Injection, ...] = ()
    catches_up: bool = False
    behind_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProducerProgress:
    """The progress of a run.

    Attributes:
        records: number of records that are acknowledged and recorded.
        timestamp_ms: virtual send time of the last record, epoch ms; 0 before the first.
        behind_ms: how far virtual time is behind the clock; 0 if the run is not paced.
    """

    records: int = 0
    timestamp_ms: int = 0
    behind_ms: int = 0


class RecordSink(Protocol):
    """The destination of records, for example Kafka."""

    async def write(self, records: list[Produced]) -> None:
        """Accept records in order, and return when every one is durable."""
        ...


class Recorder(Protocol):
    """Takes note of produced records, for example in a ledger."""

    def add(
        self, topic: str, partition: int, value: bytes | None, timestamp_ms: int, key: bytes | None = None
    ) -> object:
        """Take in a record that the sink has accepted, in the order of the partition."""
        ...


class RecordSource:
    """The generator's records up to the end of a plan, in chunks by send time.

    Args:
        plan: rate and length of the run.
        settings: partitions of the input topics.
        start_ms: virtual time of the start, epoch ms.

    Attributes:
        start_ms: virtual time of the start, epoch ms.
        paced: whether virtual time follows the clock.
        catches_up: whether it is that of the clock at once.
        head: the next record; None at the end, and before :meth:`begin`.
    """

    def __init__(self, plan: Plan, settings: Settings, start_ms: int) -> None:
        self.start_ms, self.paced, self.catches_up = start_ms, plan.paced, plan.catches_up
        counts = settings.partitions, settings.quiet_partitions
        records = events(plan.seed, plan.rate, start_ms, *counts, world=plan.world, offenders=plan.offenders)
        self._records: Iterator[Produced] = injected(records, plan.faults, start_ms, plan.seed)
        self._end_ms = None if plan.seconds is None else start_ms + round(plan.seconds * 1000)
        self._left = plan.limit
        self.head: Produced | None = None

    def begin(self) -> None:
        """Generate the first record, which includes the generator's warm-up."""
        self._pull()

    def end(self, at_ms: int) -> None:
        """End the source before the first record that is sent at or after a virtual time, epoch ms."""
        self._end_ms = at_ms

    def take(self, until_ms: float | None) -> list[Produced]:
        """The next records, at most a chunk.

        Args:
            until_ms: last send time, virtual time; None: no bound.
        """
        chunk: list[Produced] = []
        while self.head is not None and len(chunk) < CHUNK_RECORDS:
            if until_ms is not None and self.head.timestamp_ms > until_ms:
                break
            chunk.append(self.head)
            self._pull()
        return chunk

    def _pull(self) -> None:
        self.head = next(self._records)
        # The record that reaches the end or the limit is discarded.
        over = self._end_ms is not None and self.head.timestamp_ms >= self._end_ms
        if over or self._left == 0:
            self.head = None
        elif self._left is not None:
            self._left -= 1


def up_to_now(plan: Plan, now_ms: int) -> Plan:
    """The plan with a start time so that no record is dated ahead of the clock, which Kafka would refuse.

    A run that is not paced begins earlier by its length; if it has none, it gets a length of one day.

    Args:
        plan: the plan to complete.
        now_ms: current time, epoch ms.
    """
    if plan.start_ms is not None:
        return plan
    if plan.paced:
        return replace(plan, start_ms=now_ms)
    # Unpaced runs end now, so that nothing is dated in the future: they begin as long ago as they last.
    ends = [plan.seconds] if plan.seconds is not None else []
    ends += [plan.limit / plan.rate] if plan.limit is not None else []
    seconds = min(ends, default=_DAY_SECONDS)
    return replace(plan, start_ms=now_ms - math.ceil(seconds * 1000), seconds=seconds)


async def drive(
    source: RecordSource,
    sink: RecordSink,
    recorder: Recorder | None,
    clock: Clock,
    *,
    stop: asyncio.Event | None = None,
    on_progress: Callable[[ProducerProgress], None] | None = None,
) -> ProducerProgress:
    """Move records from a source to a sink; each chunk waits until the sink has accepted the previous one.

    Args:
        source: the records, in send order.
        sink: takes the records, for example Kafka.
        recorder: takes in each record after the sink has accepted it; None: nothing does.
        clock: if the plan is paced, virtual time follows it 1:1, and catches up at full speed if behind.
        stop: ends the run after the current chunk.
        on_progress: called after every chunk.

    Returns:
        the progress at the end.
    """
    stop = asyncio.Event() if stop is None else stop
    started, progress = clock.monotonic(), ProducerProgress()
    if source.catches_up:
        started -= max(0, clock.now_ms() - source.start_ms) / 1000
    source.begin()
    while source.head is not None and not stop.is_set():
        # Virtual time: the start plus the time that has passed on the clock.
        now_ms = source.start_ms + (clock.monotonic() - started) * 1000 if source.paced else None
        chunk = source.take(now_ms)
        if chunk:
            await sink.write(chunk)
            if recorder is not None:
                await _record(recorder, chunk)
            last_ms = chunk[-1].timestamp_ms
            behind_ms = 0 if now_ms is None else max(0, round(now_ms - last_ms))
            progress = ProducerProgress(progress.records + len(chunk), last_ms, behind_ms)
            if on_progress is not None:
                on_progress(progress)
        # A full chunk means that more is due at once: no pause.
        if source.paced and len(chunk) < CHUNK_RECORDS:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _CHUNK_SECONDS)
    return progress


async def _record(recorder: Recorder, chunk: list[Produced]) -> None:
    for number, record in enumerate(chunk, 1):
        # In the order of each partition's log, which is what the ledger counts by.
        recorder.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
        if number % _BREATH == 0:
            await asyncio.sleep(0)
