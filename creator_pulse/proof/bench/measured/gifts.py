"""The gift job: alone, beside its peers, and with more keys, partitions, workers or larger windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.competitor import COMPETITORS
from creator_pulse.proof.bench.figures import OURS, FigureRow, Run, failed, ratios
from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import rounds
from creator_pulse.proof.bench.theirs import prepare_peer, run_theirs
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from creator_pulse.proof.bench.place import Bench

KEYS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
PARTITIONS = (4, 16, 64)
STEPS = (1, 12, 60, 288)
"""Sizes of a window as multiples of its step of one minute."""
_KEYS_SPAN_MS = 120_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of the job.

    Attributes:
        plan: the topic to read.
        minutes: size of the window.
        workers: number of workers that share the partitions.
    """

    plan: GiftPlan
    minutes: int = 1
    workers: int = 1


def common_plan(bench: Bench) -> GiftPlan:
    """The topic that all competitors read."""
    return GiftPlan(40_000, creators=500, span_ms=240_000) if bench.quick else GiftPlan(2_000_000)


async def gifts(bench: Bench) -> dict[str, object]:
    """A worker reads all gifts.

    Returns:
        ``events_per_second`` and the other figures of a row.
    """
    _, rows = await _measured(bench, {OURS: Variant(common_plan(bench))})
    return dict(rows[OURS])


async def keys(bench: Bench) -> dict[str, object]:
    """Two minutes of gifts from 1,000 to 10,000,000 creators, at least one gift of each.

    Returns:
        ``keys``: a row by number of creators.
    """
    count = bench.size(2_000_000, 10_000)
    plans = [
        GiftPlan(max(count, creators), creators, span_ms=_KEYS_SPAN_MS)
        for creators in ((100, 1_000) if bench.quick else KEYS)
    ]
    _, rows = await _measured(bench, {f"{plan.creators}": Variant(plan) for plan in plans})
    return {"keys": rows}


async def partitions(bench: Bench) -> dict[str, object]:
    """The same gifts over 4, 16 and 64 partitions.

    Returns:
        ``partitions``: a row by number of partitions.
    """
    count, creators = bench.size(1_000_000, 10_000), bench.size(5_000, 200)
    plans = [GiftPlan(count, creators, number) for number in PARTITIONS[: bench.size(3, 2)]]
    _, rows = await _measured(bench, {f"{plan.partitions}": Variant(plan) for plan in plans})
    return {"partitions": rows}


async def workers(bench: Bench) -> dict[str, object]:
    """All gifts, read by one worker, then by two that share the partitions.

    Returns:
        ``workers``: a row by number of workers.
    """
    plan = common_plan(bench)
    _, rows = await _measured(bench, {f"{count}": Variant(plan, workers=count) for count in (1, 2)})
    return {"workers": rows}


async def hop(bench: Bench) -> dict[str, object]:
    """The same gifts, few creators over many hours, with windows of 1 to 288 steps; the cost must be flat.

    Returns:
        ``steps``: a row by size / step; ``spread``: the dearest CPU time per event over the cheapest,
        each as the median ratio to the first variant of the same round.
    """
    span_ms = bench.size(8, 1) * _HOUR_MS
    plan = GiftPlan(bench.size(1_000_000, 20_000), creators=bench.size(200, 20), span_ms=span_ms)
    runs, rows = await _measured(bench, {f"{steps}": Variant(plan, minutes=steps) for steps in STEPS})
    return {"steps": rows, "spread": spread_of(list(runs.values()))}


def spread_of(runs: Sequence[Sequence[Run]]) -> float | None:
    """The cost of the dearest variant over that of the cheapest, without the machine's drift.

    Args:
        runs: for each variant its runs, in the order of rounds.

    Returns:
        the ratio, 1 or more; None if a variant has no runs.
    """
    if not all(runs):
        return None
    costs = [
        # By rounds: what slows the machine in one round slows both sides of its ratio.
        median(run.cpu_seconds / first.cpu_seconds for run, first in zip(variant, runs[0], strict=False))
        for variant in runs
    ]
    return round(max(costs) / min(costs), 3)


async def peers(bench: Bench) -> dict[str, object]:
    """Ours and all competitors read the gifts by turns; the slow ones for a minute.

    Returns:
        ``peers``: a row by competitor; ``ratios``: how many times faster ours is.
    """
    plan, missing = common_plan(bench), {}
    once: dict[str, Callable[[], Awaitable[Run]]] = {OURS: partial(run_ours, bench, plan)}
    for competitor in COMPETITORS:
        try:
            await prepare_peer(bench, competitor)
        except PulseError as error:
            bench.say(f"{competitor.title} FAILED: {error}")
            missing[competitor.name] = failed(str(error).splitlines()[0])
        else:
            once[competitor.name] = partial(run_theirs, bench, competitor, plan)
    await prepare_gifts(bench, plan)
    runs, rows = await rounds(bench, once)
    return {"peers": rows | missing, "ratios": ratios(runs) if runs[OURS] else {}}


async def _measured(
    bench: Bench, variants: Mapping[str, Variant]
) -> tuple[dict[str, list[Run]], dict[str, FigureRow]]:
    # Variants may share a plan: its topic is written once.
    for plan in dict.fromkeys(variant.plan for variant in variants.values()):
        await prepare_gifts(bench, plan)
    return await rounds(
        bench,
        {
            name: partial(run_ours, bench, variant.plan, minutes=variant.minutes, workers=variant.workers)
            for name, variant in variants.items()
        },
    )
