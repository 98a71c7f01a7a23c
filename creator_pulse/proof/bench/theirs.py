"""A run of a competitor: a process in its own environment, whose result is checked as ours is."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.proof.bench.competitor import PEERS
from creator_pulse.proof.bench.environment import python_of
from creator_pulse.proof.bench.figures import Run
from creator_pulse.proof.bench.gift_plan import RECORD_BYTES, difference
from creator_pulse.proof.bench.java_peer import java_command
from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.process import Child, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from creator_pulse.proof.bench.competitor import Competitor
    from creator_pulse.proof.bench.gift_plan import GiftPlan
    from creator_pulse.proof.bench.place import Bench

_LOOK_SECONDS = 0.2
_LIMIT_SECONDS = 1_200
SLOW_SECONDS, QUICK_SECONDS = 60, 5
"""How long a slow competitor reads."""


async def run_theirs(bench: Bench, competitor: Competitor, plan: GiftPlan) -> Run:
    """Let a competitor read the topic, or only some partitions, and check the result.

    Args:
        bench: provides the running broker.
        competitor: the competitor to run.
        plan: the topic, which must be prepared.

    Raises:
        StackError: it died or took too long.
        PulseError: it cannot be installed.
    """
    command = await prepare_peer(bench, competitor)
    name = f"{competitor.name}-{bench.clock.now_ms():x}"
    folder = bench.folder / "peers" / name
    folder.mkdir(parents=True)
    seconds = bench.size(SLOW_SECONDS, QUICK_SECONDS) if competitor.slow else _LIMIT_SECONDS
    words = (bench.settings.kafka, plan.topic, str(plan.records), str(seconds), str(folder))
    log = bench.folder / "logs" / f"{competitor.name}.log"
    before = set(await bench.topics())
    child = Child(Program(name=competitor.title, argv=(*command, *words), log=log, folder=folder))
    began = bench.clock.monotonic()
    try:
        await child.start()
        result = await _result(child, folder / "result.json", seconds + _LIMIT_SECONDS)
    finally:
        await child.stop()
        await asyncio.to_thread(shutil.rmtree, folder)
        await bench.remove(set(await bench.topics()) - before)
    return read_result(result, competitor, plan, began)


async def prepare_peer(bench: Bench, competitor: Competitor) -> tuple[str, ...]:
    """Install the requirements of a competitor, and return its command.

    Raises:
        PulseError: it cannot be installed.
    """
    if not competitor.needs:
        return await java_command(bench, competitor)
    return (await python_of(bench, competitor), str(PEERS / competitor.program))


def read_result(result: Mapping[str, Any], competitor: Competitor, plan: GiftPlan, began: float) -> Run:
    """The figures of a result, and its difference from the recomputation.

    Args:
        result: the JSON object that ``peers/marks.py`` writes.
        competitor: the competitor that wrote it.
        plan: the topic that it read.
        began: start of the process, monotonic seconds.
    """
    first, last = result["first"], result["last"]
    read = {int(number): count for number, count in result["read"].items()}
    return Run(
        events=sum(read.values()),
        seconds=last["at"] - first["at"],
        cpu_seconds=last["cpu"] - first["cpu"],
        peak_mb=result["peak_mb"],
        start_seconds=first["at"] - began,
        wrong=_wrong(result, read, competitor, plan),
    )


def _wrong(result: Mapping[str, Any], read: Mapping[int, int], competitor: Competitor, plan: GiftPlan) -> str:
    ends = plan.ends()
    if not competitor.slow and read != ends:
        return f"it read {read} of {ends}"
    if not competitor.sums:
        wanted = sum(len(value) for _, _, value, _ in plan.closers()) + plan.count * RECORD_BYTES
        return "" if result["bytes"] == wanted else f"it read {result['bytes']:,} of {wanted:,} bytes"
    sums = {(creator, start): total for creator, start, total in result["sums"]}
    return difference(plan.sums(read), sums)


async def _result(child: Child, path: Path, seconds: float) -> dict[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(path.exists):
                if not child.running:
                    raise child.death()
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise StackError(f"{child.program.name} did not end within {seconds:.0f} s") from error
    result: dict[str, Any] = msgspec.json.decode(await asyncio.to_thread(path.read_bytes))
    return result
