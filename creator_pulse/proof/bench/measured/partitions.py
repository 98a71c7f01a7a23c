"""``partitions``: the gift job over 4, 16 and 64 partitions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import rounds

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench

PARTITIONS = (4, 16, 64)


async def measure(bench: Bench) -> dict[str, object]:
    """The same gifts, spread over more and more partitions.

    Returns:
        ``partitions``: a row by number of partitions.
    """
    counts = PARTITIONS[:2] if bench.quick else PARTITIONS
    gifts, creators = bench.size(1_000_000, 10_000), bench.size(5_000, 200)
    plans = {f"{count}": GiftPlan(gifts, creators, count) for count in counts}
    for plan in plans.values():
        await prepare_gifts(bench, plan)
    _, rows = await rounds(bench, {name: partial(run_ours, bench, plan) for name, plan in plans.items()})
    return {"partitions": rows}
