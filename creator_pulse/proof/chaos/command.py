"""``pulse chaos``: reads its options and hands over."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.option_types import RATE, SEED, Output
from creator_pulse.agents.report import give_last, progress_line, say
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.proof.chaos.plans import PLANS
from creator_pulse.proof.chaos.run import ChaosOptions, ChaosRun
from creator_pulse.stream.clock import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.proof.chaos.plans import ChaosPlan
    from creator_pulse.stream.settings import Settings

ALL = "all"


@click.command()
@click.option(
    "--plan",
    "name",
    required=True,
    type=click.Choice([*PLANS, ALL]),
    help="Which faults; all: every plan in turn.",
)
@click.option("--rounds", default=1, show_default=True, type=click.IntRange(1), help="Rounds of each plan.")
@click.option(
    "--rate", type=RATE, default=5000.0, show_default=True, help="Events per second, all the while."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(2, 3), help="Worker processes.")
@click.option(
    "--seed", type=SEED, default=1, show_default=True, help="Of the events and of the choice of faults."
)
@click.option(
    "--for",
    "seconds",
    type=Duration(),
    default=25.0,
    metavar="TIME",
    help="Faults of a round go on so long (25s).",
)
@click.option(
    "--json",
    "target",
    type=Output(dash=True),
    metavar="FILE",
    default=None,
    help="Write the last plan's JSON object there too.",
)
@click.pass_obj
def chaos(settings: Settings, /, name: str, target: Path | None, **chosen: object) -> None:
    """Break things on the real stack under load, and check that every number is still exact.

    Each plan runs on a stack of its own, on free ports, with empty data. Standard output gets one JSON
    object for each plan. Exits 1 when a plan is not exact, 130 after Ctrl-C.
    """
    options = msgspec.convert(chosen, ChaosOptions)
    plans = tuple(PLANS.values()) if name == ALL else (PLANS[name],)
    exact = asyncio.run(_run(plans, settings, options, target))
    if exact is None:
        sys.exit(130)
    if not exact:
        sys.exit(1)


async def _run(
    plans: tuple[ChaosPlan, ...], settings: Settings, options: ChaosOptions, target: Path | None
) -> bool | None:
    """Whether all plans were exact; None after Ctrl-C."""
    stop, exact, clock, progress = stop_on_signals(), True, SystemClock(), progress_line()
    for plan in plans:
        run = asyncio.create_task(ChaosRun(plan, settings, options, clock, say, progress).run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({run, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not run.done():
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
            return None
        report = run.result()
        give_last(report.line(), target)
        exact &= report.exact
    return exact
