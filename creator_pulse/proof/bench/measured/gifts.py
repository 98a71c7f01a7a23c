"""``gifts``: the job alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import alone

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench


def plan(bench: Bench) -> GiftPlan:
    """The topic that all competitors read."""
    return GiftPlan(40_000, creators=500, span_ms=240_000) if bench.quick else GiftPlan(2_000_000)


async def measure(bench: Bench) -> dict[str, object]:
    """A worker reads all gifts.

    Returns:
        ``events_per_second`` and the other figures of a row.
    """
    await prepare_gifts(bench, plan(bench))
    return dict(await alone(bench, lambda: run_ours(bench, plan(bench))))
