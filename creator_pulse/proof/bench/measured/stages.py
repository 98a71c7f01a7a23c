"""``stages``: microseconds of CPU per event in each stage, for the cost model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.contract_topics import contract_topics
from creator_pulse.proof.bench.figures import Row, spread
from creator_pulse.proof.bench.measured.catalog import LEAST
from creator_pulse.proof.bench.ours import fresh
from creator_pulse.proof.bench.stages import STAGES, Stages

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench


async def measure(bench: Bench) -> dict[str, object]:
    """Each topic's records through the worker's parts, one stage after the other.

    Returns:
        ``microseconds``: by topic and stage, CPU per event, and their ``sum``.
    """
    topics = await contract_topics(bench, bench.size(1_000_000, 4_000))
    rows: dict[str, Row] = {}
    for name, topic in topics.items():
        if topic.records < bench.size(LEAST, 100):
            continue
        found = []
        for number in range(1, bench.runs + 1):
            bench.say(f"round {number} of {bench.runs}: {name}")
            settings = bench.at(prefix=topic.prefix, partitions=len(topic.ends))
            async with fresh(bench, settings):
                found.append(await Stages(settings, name).measure(topic.ends))
            bench.say(f"  {found[-1]}")
        rows[name] = {stage: spread((one[stage] for one in found), 2) for stage in STAGES}
        rows[name]["sum"] = spread((sum(one.values()) for one in found), 2)
    return {"microseconds": rows}
