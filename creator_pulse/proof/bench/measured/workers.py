"""``workers``: the gift job with one worker and with two."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.measured.gifts import plan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import rounds

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench


async def measure(bench: Bench) -> dict[str, object]:
    """All gifts, read by one worker, then by two that share the partitions.

    Returns:
        ``workers``: a row by number of workers.
    """
    await prepare_gifts(bench, plan(bench))
    who = {f"{count}": partial(run_ours, bench, plan(bench), workers=count) for count in (1, 2)}
    _, rows = await rounds(bench, who)
    return {"workers": rows}
