"""``pulse bench NAME``: measures, prints a table for people and one JSON object for programs."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from creator_pulse.agents.options import JSON
from creator_pulse.agents.report import give, say
from creator_pulse.proof.bench.place import bench_place
from creator_pulse.proof.bench.table import lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

SCENARIOS: Mapping[str, str] = {
    "gifts": "gifts",
    "peers": "gifts",
    "catalog": "contract",
    "latency": "live",
    "steady": "live",
    "checkpoint": "checkpoint",
    "recovery": "recovery",
    "rebalance": "rebalance",
    "hop": "gifts",
    "keys": "gifts",
    "partitions": "gifts",
    "workers": "gifts",
    "scrape": "scrape",
    "stages": "contract",
    "odd": "odd",
}
"""Scenario -> module in ``measured``, whose function of the scenario's name measures it."""


@click.command()
@click.argument("name", type=click.Choice(list(SCENARIOS)))
@click.option(
    "--runs", default=3, show_default=True, type=click.IntRange(1), help="Of each competitor, by turns."
)
@click.option("--quick", is_flag=True, help="Small counts: to see that it works, not to learn a figure.")
@JSON
@click.pass_obj
def bench(settings: Settings, name: str, runs: int, quick: bool, target: Path | None) -> None:
    """Measure NAME on a real broker on this machine, and check each result.

    Topics are prepared once and kept under .cache/bench. Exits 1 when any result is wrong: a fast
    wrong answer is a failure.
    """
    report = asyncio.run(_measure(settings, name, runs, quick=quick))
    say("")
    for line in lines(report):
        say(line)
    give(report, target)
    if not report["right"]:
        sys.exit(1)


async def _measure(settings: Settings, name: str, runs: int, *, quick: bool) -> dict[str, Any]:
    # Imported on demand, because some scenarios need much that others do not.
    module = import_module(f"creator_pulse.proof.bench.measured.{SCENARIOS[name]}")
    async with bench_place(settings, runs, quick, say) as place:
        figures = await getattr(module, name)(place)
    return {"name": name, "quick": quick, **figures, "right": all_right(figures)}


def all_right(report: Mapping[str, Any]) -> bool:
    """Whether every part of a report is right; a part without ``right`` is."""
    return report.get("right", True) and all(
        all_right(part) for part in report.values() if isinstance(part, dict)
    )
