"""``peers``: the same job on the same topic, ours and the others by turns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.competitor import COMPETITORS
from creator_pulse.proof.bench.figures import OURS, failed, ratios
from creator_pulse.proof.bench.measured.gifts import plan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import prepare_gifts
from creator_pulse.proof.bench.rounds import rounds
from creator_pulse.proof.bench.theirs import prepare_peer, run_theirs
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from creator_pulse.proof.bench.place import Bench


async def measure(bench: Bench) -> dict[str, object]:
    """Everybody reads the gifts, the slow ones for a minute.

    Returns:
        ``peers``, a row by competitor, and ``ratios``.
    """
    missing = {}
    who = {OURS: partial(run_ours, bench, plan(bench))}
    for competitor in COMPETITORS:
        try:
            await prepare_peer(bench, competitor)
        except PulseError as error:
            bench.say(f"{competitor.title} FAILED: {error}")
            missing[competitor.name] = failed(str(error).splitlines()[0])
        else:
            who[competitor.name] = partial(run_theirs, bench, competitor, plan(bench))
    await prepare_gifts(bench, plan(bench))
    runs, rows = await rounds(bench, who)
    return {"peers": rows | missing, "ratios": ratios(runs) if runs[OURS] else {}}
