"""The command ``pulse demo``."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from creator_pulse.agents.fault_options import SizedScenario, chosen_faults, fault_options
from creator_pulse.agents.option_types import RATE, SEED, BoundedNumber
from creator_pulse.agents.options import DATA, DURATION, ENDPOINTS, JSON
from creator_pulse.agents.report import give, progress_line, say
from creator_pulse.agents.world_options import chosen_world, world_options
from creator_pulse.proof.demo.demo import Demo, DemoOptions
from creator_pulse.stream.generator.world import DENSE

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

USUAL_DAYS = 35.0
"""Five weeks: what is usual is learnt of as many, and windows of 28 days are whole."""


class _Days(BoundedNumber):
    """So many days, or none."""

    def __init__(self) -> None:
        super().__init__(0.25, 42)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of a text."""
        return 0.0 if str(value) in {"0", "0.0"} else super().convert(value, param, ctx)


@click.command()
@click.option(
    "--for",
    "seconds",
    type=DURATION,
    metavar="TIME",
    help="End by itself after this long (90s, 5m) with the verdict.",
)
@click.option("--rate", type=RATE, default=1000.0, show_default=True, help="Records per second.")
@click.option(
    "--seed",
    type=SEED,
    default=1,
    show_default=True,
    help="Of the generator: the same seed makes the same events.",
)
@world_options
@fault_options
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Worker processes.")
@click.option("--no-producer", is_flag=True, help="Wait for events from elsewhere; there is no ledger then.")
@click.option(
    "--history",
    type=_Days(),
    metavar="DAYS",
    help="Begin with so many days behind: made once, kept in the cache, continued at each start; 0: none.  "
    f"[default: {USUAL_DAYS:g}; in the dense world, with --data, without a producer: 0]",
)
@DATA
@ENDPOINTS
@JSON
@click.pass_obj
def demo(
    settings: Settings,
    /,
    target: Path | None,
    world: str,
    *,
    no_producer: bool,
    steady: bool,
    growth: float | None,
    day: float | None,
    faults: tuple[SizedScenario, ...],
    fault_at: float,
    fault_for: float,
    history: float | None,
    **chosen: Any,
) -> None:
    """Run the whole thing, live: stack, workers, producers, board, with five weeks behind it.

    A worker that dies is replaced. Ctrl-C stops everything in order. Exits 1 when any number
    differs from the ledger.

    With --fault something goes wrong in it: the report says which alerts fired, after how many seconds.
    """
    options = DemoOptions(
        **chosen,
        world=chosen_world(world, steady=steady, growth=growth, day=day),
        faults=chosen_faults(faults, fault_at, fault_for),
        history=USUAL_DAYS if history is None else history,
    )
    elsewhere = no_producer or options.data is not None
    if history is None and (elsewhere or options.world.name == DENSE.name):
        options = replace(options, history=0.0)
    if options.history and elsewhere:
        raise click.UsageError("--history is that of the demo's own events, in a stack of its own")
    if no_producer and faults:
        raise click.UsageError("--fault changes what the producer sends, and there is none")
    if no_producer:
        options = replace(options, rate=0.0)
    report = asyncio.run(Demo(settings, options, say, progress_line()).run())
    equal = report["ledger_equal"]
    if report.get("produced") == 0:
        say("NOTHING WAS COMPARED: no record was produced in the time; give it more, or a higher rate")
    elif equal is not None:
        differing = report["differences"] or report.get("history_differences")
        say("every number equals the ledger" if equal else f"THE NUMBERS DIFFER: {differing}")
    give(report, target)
    if equal is False:
        sys.exit(1)
