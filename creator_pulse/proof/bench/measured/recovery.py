"""``recovery``: a worker recovers 100,000 and 1,000,000 entries, after ten minutes of steady updates."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.bench.figures import FigureRow, failed, spread
from creator_pulse.proof.bench.gift_job import TOPIC
from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import LIMIT_SECONDS, checked, fresh, gift_settings
from creator_pulse.proof.bench.prepared import prepare, write
from creator_pulse.proof.bench.watch import Watch
from creator_pulse.proof.bench.worker_process import WorkerProcess, gift_worker, worker_process
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

_SPAN_MS = 600_000
_RECOVERY = "pulse_lane_recovery_seconds"
CREATORS = {"100000": 9_100, "1000000": 91_000}
"""Target of entries -> creators, each of whom has ten minute panes and an hour pane in ten minutes."""
# Commit interval while the changelogs are filled: a tenth, because ten minutes are read in about one.
_FILL_SECONDS = 0.1
# Gifts of a creator in the ten minutes: six or seven updates of each minute's entry.
_UPDATES = 66


@dataclass(frozen=True, slots=True)
class _Recovery:
    """One recovery.

    Attributes:
        entries: number of live entries of all lanes.
        records: number of records in the changelogs, including those that compaction has yet to remove.
        updates: number of records ever written to the changelogs.
        seconds: recovery time of the slowest lane.
        down_seconds: from the start of the new process until it reads input.
        wrong: the difference from the expected windows once all are closed; empty if there is none.
    """

    entries: int
    records: int
    updates: int
    seconds: float
    down_seconds: float
    wrong: str


async def recovery(bench: Bench) -> dict[str, object]:
    """Fill the changelogs with the updates of ten minutes, stop the worker, and start another one.

    Returns:
        ``cold``: by target of entries, ``entries``, ``updates`` written, ``changelog_records`` left by
        compaction, ``seconds`` of the slowest lane, ``down_seconds``; ``standby``: None, because there
        are no standby copies.
    """
    rows: dict[str, FigureRow] = {}
    for target, creators in ({"1000": 91} if bench.quick else CREATORS).items():
        runs: list[_Recovery] = []
        try:
            for _ in bench.by_turns([target], "about {} entries".format):
                # A run appends records that close the windows, so each run has its own topic.
                now = bench.clock.now_ms()
                plan = GiftPlan(creators * _UPDATES, creators, span_ms=_SPAN_MS, closed=False, take=now)
                await prepare(bench, plan.topic, plan.ends(), plan.values())
                runs.append(await _once(bench, plan))
                bench.say(f"  {runs[-1]}")
                await bench.remove([plan.topic])
        except PulseError as error:
            bench.say(f"FAILED: {error}")
            rows[target] = failed(str(error).splitlines()[0])
            continue
        wrong = sorted({run.wrong for run in runs if run.wrong})
        rows[target] = {
            "runs": len(runs),
            "entries": spread(run.entries for run in runs),
            "changelog_records": spread(run.records for run in runs),
            "updates": spread(run.updates for run in runs),
            "seconds": spread((run.seconds for run in runs), 3),
            "down_seconds": spread((run.down_seconds for run in runs), 2),
            "right": not wrong,
        } | ({"wrong": wrong} if wrong else {})
    return {"cold": rows, "standby": None}


async def _once(bench: Bench, plan: GiftPlan) -> _Recovery:
    async with AsyncExitStack() as parts:
        settings = await parts.enter_async_context(fresh(bench, gift_settings(bench, plan)))
        logs, topic = bench.folder / "logs", settings.topic(TOPIC)
        steady = msgspec.structs.replace(settings, checkpoint_interval=_FILL_SECONDS)
        async with worker_process(steady, logs, gift_worker(), "filling") as first:
            watch = Watch(bench, settings, [first], topic, (PANE_TOPIC,))
            await watch.until_read(plan.ends(), _nothing, LIMIT_SECONDS)
        entries, records, updates = await _changelogs(settings)
        second = await parts.enter_async_context(worker_process(settings, logs, gift_worker(), "taking"))
        await second.until_owned()
        seconds = await _slowest(second)
        await write(bench, topic, plan.closers())
        ends = {number: end + 1 for number, end in plan.ends().items()}
        watch = Watch(bench, settings, [second], topic, (PANE_TOPIC, WINDOW_TOPIC))
        wrong = await watch.until_read(ends, partial(checked, settings, plan.sums()), LIMIT_SECONDS)
        down = (second.owned_at() or 0.0) - second.started_at
        return _Recovery(entries, records, updates, seconds, down, wrong)


async def _nothing() -> str:
    return ""


async def _slowest(worker: WorkerProcess) -> float:
    """The longest recovery of a lane, which the worker shows as soon as it has a heartbeat."""
    seconds: list[float] = []

    async def is_shown() -> bool:
        seconds[:] = [sample.value for sample in await worker.samples() if sample.name == _RECOVERY]
        return bool(seconds)

    await worker.child.ready(is_shown, LIMIT_SECONDS)
    return max(seconds)


async def _changelogs(settings: Settings) -> tuple[int, int, int]:
    """Live entries, records that a recovery reads, and records ever written."""
    log, entries, records, updates = KafkaLog(settings), 0, 0, 0
    lanes = [(settings.changelog(settings.topic(TOPIC)), settings.partitions)]
    lanes.append((settings.changelog(PANE_TOPIC), settings.merge_partitions))
    for name, partitions in lanes:
        for number in range(partitions):
            live: set[bytes] = set()
            first, end = await log.bounds(name, number)
            updates += end
            async for batch in log.read(name, number, first, end):
                records += len(batch.offsets)
                for key, value in zip(batch.keys, batch.values, strict=True):
                    if key is not None:
                        (live.discard if value is None else live.add)(key)
            entries += len(live)
    return entries, records, updates
