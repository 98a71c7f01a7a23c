"""Runs the generator at its rate, and hands each record that a sink has taken to whoever keeps account."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from creator_pulse.stream.generator.generator import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

CHUNK_RECORDS = 4_000
_CHUNK_SECONDS = 0.05
_DAY_SECONDS = 86_400.0
_BREATH = 500
"""Records that the recorder takes in before other tasks of the event loop get a turn."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to produce.

    Attributes:
        seed: of the generator.
        rate: records a second.
        start_ms: virtual time at which it starts; None: now, or so much earlier that it ends now.
        seconds: of virtual time until it ends; None: without end.
        limit: at most so many records; None: no limit.
        paced: whether virtual time follows the clock 1:1; otherwise as fast as Kafka takes it.
        day_cycle: whether the rate follows the hour of the day.
        ledger_file: where the ledger is written at the end; None: nowhere.
        offenders: share of the records that are incidents for the fraud guardrails.
    """

    seed: int
    rate: float
    start_ms: int | None = None
    seconds: float | None = None
    limit: int | None = None
    paced: bool = True
    day_cycle: bool = False
    ledger_file: Path | None = None
    offenders: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        records: acknowledged and in the ledger.
        timestamp_ms: virtual send time of the last of them; 0 before the first.
        behind_ms: how far virtual time is behind the clock; 0 where the run is not paced.
    """

    records: int = 0
    timestamp_ms: int = 0
    behind_ms: int = 0


class Sink(Protocol):
    """Where records go."""

    async def write(self, records: list[Produced]) -> None:
        """Take records in their order and return when every one is safe."""
        ...


class Recorder(Protocol):
    """Keeps account of what was produced."""

    def add(
        self, topic: str, partition: int, value: bytes | None, timestamp_ms: int, key: bytes | None = None
    ) -> object:
        """Take in a record that the sink has, in the order of its partition."""
        ...


class Source:
    """The generator's records up to a plan's end, cut into chunks by their send time.

    Args:
        plan: how many, how fast, until when.
        settings: partitions of the input topics.
        start_ms: virtual time at which it starts.

    Attributes:
        head: the next record; None at the end and before :meth:`begin`.
    """

    def __init__(self, plan: Plan, settings: Settings, start_ms: int) -> None:
        self.start_ms, self.paced = start_ms, plan.paced
        counts = settings.partitions, settings.quiet_partitions
        self._records: Iterator[Produced] = events(
            plan.seed, plan.rate, start_ms, *counts, day_cycle=plan.day_cycle, offenders=plan.offenders
        )
        self._end_ms = None if plan.seconds is None else start_ms + round(plan.seconds * 1000)
        self._left = plan.limit
        self.head: Produced | None = None

    def begin(self) -> None:
        """Make the first record, after the generator's warm-up."""
        self._pull()

    def end(self, at_ms: int) -> None:
        """Hand out nothing that is sent at this virtual time or later."""
        self._end_ms = at_ms

    def take(self, until_ms: float | None) -> list[Produced]:
        """The next records, at most a chunk.

        Args:
            until_ms: only those sent by this virtual time; None: whatever their time.
        """
        taken: list[Produced] = []
        while self.head is not None and len(taken) < CHUNK_RECORDS:
            if until_ms is not None and self.head.timestamp_ms > until_ms:
                break
            taken.append(self.head)
            self._pull()
        return taken

    def _pull(self) -> None:
        self.head = next(self._records)
        over = self._end_ms is not None and self.head.timestamp_ms >= self._end_ms
        if over or self._left == 0:
            self.head = None
        elif self._left is not None:
            self._left -= 1


def up_to_now(plan: Plan, now_ms: int) -> Plan:
    """The plan with its start, so that no record is dated ahead of the clock: Kafka would refuse it.

    A run that is not paced begins earlier by its length; where nothing ends it, it is of a day.

    Args:
        plan: what to produce.
        now_ms: epoch ms.
    """
    if plan.start_ms is not None:
        return plan
    if plan.paced:
        return replace(plan, start_ms=now_ms)
    ends = [plan.seconds] if plan.seconds is not None else []
    ends += [plan.limit / plan.rate] if plan.limit is not None else []
    seconds = min(ends, default=_DAY_SECONDS)
    return replace(plan, start_ms=now_ms - math.ceil(seconds * 1000), seconds=seconds)


async def drive(
    source: Source,
    sink: Sink,
    recorder: Recorder | None,
    clock: Clock,
    *,
    stop: asyncio.Event | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Progress:
    """Move records from a source to a sink; the next chunk waits until the sink has the last one.

    Args:
        source: the records, in send order.
        sink: where they go.
        recorder: takes in each record, in the order of its partition, once the sink has it; None: none.
        clock: virtual time follows it 1:1 where the plan is paced; behind, it catches up at full speed.
        stop: ends the run after the chunk under way.
        on_progress: called after every chunk.

    Returns:
        Where it ended.
    """
    stop = asyncio.Event() if stop is None else stop
    started, progress = clock.monotonic(), Progress()
    source.begin()
    while source.head is not None and not stop.is_set():
        now_ms = source.start_ms + (clock.monotonic() - started) * 1000 if source.paced else None
        chunk = source.take(now_ms)
        if chunk:
            await sink.write(chunk)
            if recorder is not None:
                await _record(recorder, chunk)
            last_ms = chunk[-1].timestamp_ms
            behind_ms = 0 if now_ms is None else max(0, round(now_ms - last_ms))
            progress = Progress(progress.records + len(chunk), last_ms, behind_ms)
            if on_progress is not None:
                on_progress(progress)
        if source.paced and len(chunk) < CHUNK_RECORDS:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _CHUNK_SECONDS)
    return progress


async def _record(recorder: Recorder, chunk: list[Produced]) -> None:
    for number, record in enumerate(chunk, 1):
        recorder.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
        if number % _BREATH == 0:
            await asyncio.sleep(0)
