"""``keys``: the gift job with 1,000 to 10,000,000 creators."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import rounds

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench

KEYS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_GIFTS = 2_000_000
_SPAN_MS = 120_000


async def measure(bench: Bench) -> dict[str, object]:
    """Two minutes of gifts, at least as many as there are creators.

    Returns:
        ``keys``: a row by number of creators.
    """
    gifts = bench.size(_GIFTS, 10_000)
    plans = {
        f"{creators}": GiftPlan(max(gifts, creators), creators, span_ms=_SPAN_MS)
        for creators in ((100, 1_000) if bench.quick else KEYS)
    }
    for plan in plans.values():
        await prepare_gifts(bench, plan)
    _, rows = await rounds(bench, {name: partial(run_ours, bench, plan) for name, plan in plans.items()})
    return {"keys": rows}
