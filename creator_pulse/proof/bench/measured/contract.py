"""Contract records of each topic with every measure: as the product reads them, and stage by stage."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from creator_pulse.proof.bench.contract_topics import ContractTopic, contract_topics
from creator_pulse.proof.bench.figures import FigureRow, spread
from creator_pulse.proof.bench.live_run import product_worker
from creator_pulse.proof.bench.ours import LIMIT_SECONDS, fresh
from creator_pulse.proof.bench.rounds import rounds
from creator_pulse.proof.bench.stages import STAGES, Stages
from creator_pulse.proof.bench.watch import Watch
from creator_pulse.proof.ledger.verify import compare
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC

if TYPE_CHECKING:
    from creator_pulse.proof.bench.figures import Run
    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.ledger.verify import Difference

LEAST = 100_000
"""Records that a topic needs: with fewer, a run is over too soon to be measured."""


async def catalog(bench: Bench) -> dict[str, object]:
    """A worker as it ships reads one topic to its end while the others are empty.

    Returns:
        ``topics``: a row by topic; ``events_per_second``: the lowest median of the topics that have
        enough records; ``thin``: the topics that have too few.
    """
    topics = await contract_topics(bench, bench.size(1_000_000, 4_000))
    thick = _thick(bench, topics)
    runs, rows = await rounds(bench, {name: partial(_once, bench, topic) for name, topic in thick.items()})
    medians: list[Any] = [rows[name]["events_per_second"] for name in thick if runs[name]]
    lowest = min((rate["median"] for rate in medians), default=0)
    return {"topics": rows, "thin": sorted(topics.keys() - thick.keys()), "events_per_second": lowest}


async def stages(bench: Bench) -> dict[str, object]:
    """Each topic's records through the worker's parts, one stage after the other.

    Returns:
        ``microseconds``: by topic and stage, CPU per event, and their ``sum``.
    """
    topics = await contract_topics(bench, bench.size(1_000_000, 4_000))
    rows: dict[str, FigureRow] = {}
    for name, topic in _thick(bench, topics).items():
        costs = []
        for _ in bench.by_turns([name], str):
            settings = bench.at(prefix=topic.prefix, partitions=len(topic.ends))
            async with fresh(bench, settings):
                costs.append(await Stages(settings, name).measure(topic.ends))
            bench.say(f"  {costs[-1]}")
        rows[name] = {stage: spread((cost[stage] for cost in costs), 2) for stage in STAGES}
        rows[name]["sum"] = spread((sum(cost.values()) for cost in costs), 2)
    return {"microseconds": rows}


def _thick(bench: Bench, topics: dict[str, ContractTopic]) -> dict[str, ContractTopic]:
    """The topics that have enough records."""
    return {name: topic for name, topic in topics.items() if topic.records >= bench.size(LEAST, 100)}


async def _once(bench: Bench, topic: ContractTopic) -> Run:
    # Read before the worker starts, because this blocks the loop that watches it.
    truth = topic.truth()
    async with AsyncExitStack() as parts:
        count = len(topic.ends)
        settings = bench.at(
            app_id=f"bench{bench.clock.now_ms():x}",
            prefix=topic.prefix,
            partitions=count,
            quiet_partitions=count,
        )
        await parts.enter_async_context(fresh(bench, settings))
        worker = await parts.enter_async_context(product_worker(bench, settings))
        watch = Watch(bench, settings, [worker], settings.topic(topic.name), (PANE_TOPIC, WINDOW_TOPIC))

        async def check() -> str:
            return _in_words(compare("worker", truth, settings, await worker.samples()))

        wrong = await watch.until_read(topic.ends, check, LIMIT_SECONDS)
        return watch.run(topic.records, wrong)


def _in_words(differences: list[Difference]) -> str:
    if not differences:
        return ""
    _, series, labels, expected, actual = differences[0]
    return f"{len(differences)} totals differ: {series}{labels} is {actual}, not {expected}"
