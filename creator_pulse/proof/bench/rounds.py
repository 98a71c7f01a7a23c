"""Competitors by turns: one run of each, then the next round, so that the machine's drift hits all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import OURS, Row, Run, failed, row
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from creator_pulse.proof.bench.place import Bench


async def rounds(
    bench: Bench, who: Mapping[str, Callable[[], Awaitable[Run]]]
) -> tuple[dict[str, list[Run]], dict[str, Row]]:
    """Run everybody ``bench.runs`` times.

    Args:
        bench: how often.
        who: makes one run, by name.

    Returns:
        the runs, and the rows of the report. One that fails is not tried again in later rounds.
    """
    runs: dict[str, list[Run]] = {name: [] for name in who}
    broken: dict[str, Row] = {}
    for number in range(1, bench.runs + 1):
        for name, once in who.items():
            if name in broken:
                continue
            bench.say(f"round {number} of {bench.runs}: {name}")
            try:
                run = await once()
            except PulseError as error:
                bench.say(f"{name} FAILED: {error}")
                broken[name] = failed(str(error).splitlines()[0])
                continue
            bench.say(_told(run))
            runs[name].append(run)
    return runs, {name: broken.get(name) or row(runs[name]) for name in who}


async def alone(bench: Bench, once: Callable[[], Awaitable[Run]]) -> Row:
    """The row of our own runs."""
    _, rows = await rounds(bench, {OURS: once})
    return rows[OURS]


def _told(run: Run) -> str:
    verdict = f"WRONG: {run.wrong}" if run.wrong else "right"
    return (
        f"  {run.events:,} events in {run.seconds:.1f} s: {run.rate:,.0f}/s, "
        f"{run.cpu_rate:,.0f} per CPU-second, {run.peak_mb:,.0f} MB, {verdict}"
    )
