"""``catalog``: contract records of each topic, validated, with every measure; the product as it ships."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from creator_pulse.proof.bench.contract_topics import ContractTopic, contract_topics
from creator_pulse.proof.bench.ours import LIMIT_SECONDS, fresh
from creator_pulse.proof.bench.rounds import rounds
from creator_pulse.proof.bench.watch import Watch
from creator_pulse.proof.bench.worker_process import PRODUCT_WORKER, worker_process
from creator_pulse.proof.ledger.verify import compare
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC

if TYPE_CHECKING:
    from creator_pulse.proof.bench.figures import Run
    from creator_pulse.proof.bench.place import Bench

LEAST = 100_000
"""A topic with fewer records is over too soon to be measured."""


async def measure(bench: Bench) -> dict[str, object]:
    """A worker as it ships reads one topic to its end, the others being empty.

    Returns:
        ``topics``, a row by topic; ``events_per_second``, the lowest median of those that have
        enough records; ``thin``, the topics that have not.
    """
    found = await contract_topics(bench, bench.size(1_000_000, 4_000))
    thin = sorted(name for name, one in found.items() if one.records < bench.size(LEAST, 100))
    who = {name: partial(_once, bench, one) for name, one in found.items() if name not in thin}
    runs, rows = await rounds(bench, who)
    medians: list[Any] = [rows[name]["events_per_second"] for name in who if runs[name]]
    lowest = min((one["median"] for one in medians), default=0)
    return {"topics": rows, "thin": thin, "events_per_second": lowest}


async def _once(bench: Bench, topic: ContractTopic) -> Run:
    # Before the worker starts: nobody would look at it meanwhile.
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
        worker = await parts.enter_async_context(
            worker_process(settings, bench.folder / "logs", PRODUCT_WORKER)
        )
        watch = Watch(bench, settings, [worker], settings.topic(topic.name), (PANE_TOPIC, WINDOW_TOPIC))

        async def check() -> str:
            return _told(compare("worker", truth, settings, await worker.samples()))

        wrong = await watch.until_read(topic.ends, check, LIMIT_SECONDS)
        return watch.run(topic.records, wrong)


def _told(different: list[Any]) -> str:
    if not different:
        return ""
    first = different[0]
    return (
        f"{len(different)} totals differ: {first.series}{first.labels} is {first.found}, not {first.expected}"
    )
