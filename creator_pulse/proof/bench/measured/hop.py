"""``hop``: the cost of windows of 1, 12, 60 and 288 steps over one measure; it must be flat."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.bench.figures import Run
    from creator_pulse.proof.bench.place import Bench

STEPS = (1, 12, 60, 288)
_HOUR_MS = 3_600_000


async def measure(bench: Bench) -> dict[str, object]:
    """The same gifts, few creators over many hours, with windows of each size.

    Returns:
        a row by size / step, and ``spread``: the dearest CPU time per event over the cheapest, each
        as the median of its ratios to the first of the same round.
    """
    hours = bench.size(8, 1)
    plan = GiftPlan(bench.size(1_000_000, 20_000), creators=bench.size(200, 20), span_ms=hours * _HOUR_MS)
    await prepare_gifts(bench, plan)
    who = {f"{steps}": partial(run_ours, bench, plan, minutes=steps) for steps in STEPS}
    runs, rows = await rounds(bench, who)
    return {"steps": rows, "spread": spread_of(list(runs.values()))}


def spread_of(runs: Sequence[Sequence[Run]]) -> float | None:
    """The dearest over the cheapest; the machine's drift from round to round is no part of it.

    Args:
        runs: of each window, in the order of rounds.

    Returns:
        None where one has no runs.
    """
    if not all(runs):
        return None
    costs = [
        median(one.cpu_seconds / first.cpu_seconds for one, first in zip(of, runs[0], strict=False))
        for of in runs
    ]
    return round(max(costs) / min(costs), 3)
