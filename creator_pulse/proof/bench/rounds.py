"""Competitors by turns: one run of each per round, so that a drift of the machine affects all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import FigureRow, Run, failed, row
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from creator_pulse.proof.bench.place import Bench


async def rounds(
    bench: Bench, once: Mapping[str, Callable[[], Awaitable[Run]]]
) -> tuple[dict[str, list[Run]], dict[str, FigureRow]]:
    """Run every competitor ``bench.runs`` times.

    Args:
        bench: the number of runs.
        once: by name of the competitor, makes one run.

    Returns:
        the runs, and the rows of the report. If a competitor fails, later rounds leave it out.
    """
    runs: dict[str, list[Run]] = {name: [] for name in once}
    broken: dict[str, FigureRow] = {}
    for number in range(1, bench.runs + 1):
        for name, make_run in once.items():
            if name in broken:
                continue
            bench.say(f"round {number} of {bench.runs}: {name}")
            try:
                run = await make_run()
            except PulseError as error:
                bench.say(f"{name} FAILED: {error}")
                broken[name] = failed(str(error).splitlines()[0])
                continue
            bench.say(_in_words(run))
            runs[name].append(run)
    return runs, {name: broken.get(name) or row(runs[name]) for name in once}


def _in_words(run: Run) -> str:
    verdict = f"WRONG: {run.wrong}" if run.wrong else "right"
    return (
        f"  {run.events:,} events in {run.seconds:.1f} s: {run.rate:,.0f}/s, "
        f"{run.cpu_rate:,.0f} per CPU-second, {run.peak_mb:,.0f} MB, {verdict}"
    )
