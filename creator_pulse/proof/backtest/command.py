"""The command ``pulse backtest``."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from creator_pulse.agents.option_types import SEED, BoundedNumber, Output
from creator_pulse.agents.options import JSON
from creator_pulse.agents.report import give, progress_line, say
from creator_pulse.proof.backtest.evidence_of_world import evidence_of
from creator_pulse.proof.backtest.figures import (
    FIGURES,
    GOALS,
    SeedResult,
    alert_rows,
    figures,
    incident_rows,
    missed_goals,
)
from creator_pulse.proof.backtest.gauges import FAMILIES
from creator_pulse.proof.backtest.places import APPS
from creator_pulse.proof.backtest.report_text import faults, lines
from creator_pulse.proof.backtest.run import messages_of, result, rules_of
from creator_pulse.proof.backtest.synthetic import HISTORY_WEEKS, synthetic
from creator_pulse.proof.backtest.world_file import read_world, write_world
from creator_pulse.stream.catalog.overrides import OVERRIDES
from creator_pulse.stream.catalog.signals import PIPELINE_SIGNALS, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from creator_pulse.proof.backtest.gauges import GaugeSamples
    from creator_pulse.proof.backtest.labelled_world import LabelledWorld
    from creator_pulse.proof.backtest.run import Rules

TUNING_SEEDS = frozenset({1, 2, 3})
"""Worlds that were looked at while bounds were set; all others are unseen."""


class Goal(click.ParamType):
    """A figure and its bound, ``page_precision=0.95``; or ``goals`` for all that the project sets itself."""

    name = "figure"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, float]:
        """Name -> bound."""
        if isinstance(value, dict):
            return value
        if value == "goals":
            return {name: bound for name, (_, bound) in GOALS.items()}
        name, _, number = str(value).partition("=")
        if name not in GOALS:
            self.fail(f"{name!r} is none of {', '.join(GOALS)}", param, ctx)
        return {name: BoundedNumber(0, 1e9).convert(number, param, ctx)}


def _epilog() -> str:
    names = "\n".join(f"{name}: {text}." for name, text in FIGURES.items())
    return f"\b\nFigures:\n{names}"


@click.command(epilog=_epilog())
@click.option(
    "--weeks", default=8, show_default=True, type=click.IntRange(1, 52), help="Judged weeks of each world."
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    default=(1,),
    show_default=True,
    type=SEED,
    help="Chooses a world; may be given more than once. 1 to 3 were used for tuning, others were not.",
)
@click.option(
    "--rate",
    default=1000.0,
    show_default=True,
    type=BoundedNumber(1, 1_000_000),
    help="Size of the platform: gifts a minute at its larger app; other volumes follow from it.",
)
@click.option("--growth", default=0.03, show_default=True, type=BoundedNumber(-0.5, 1), help="A week.")
@click.option(
    "--history",
    default=HISTORY_WEEKS,
    show_default=True,
    type=click.IntRange(1, 8),
    help="Weeks before the judged ones, in which nothing happens.",
)
@click.option(
    "--packed",
    is_flag=True,
    help="As much as possible in little time: no clean weeks, nothing that lasts for a day.",
)
@click.option(
    "--app",
    type=click.Choice(APPS),
    help="Let things happen in this app, and judge it alone; default: all apps, and the pipeline.",
)
@click.option(
    "--world",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Judge the world of this file, with its labels beside it, instead of synthetic ones.",
)
@click.option(
    "--rules",
    "candidates",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Alerting rules of this file instead of the generated ones; inhibition stays the generated one.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes; default: one for each processor, at most three."
)
@click.option(
    "--save",
    type=Output(),
    metavar="FILE",
    help="Write the world there (.parquet or .jsonl), and judge it not.",
)
@click.option(
    "--require",
    "goals",
    multiple=True,
    type=Goal(),
    metavar="FIGURE=BOUND",
    help="Exit 1 if a figure misses this bound; `goals` stands for all goals of the project.",
)
@JSON
def backtest(
    weeks: int,
    seeds: tuple[int, ...],
    rate: float,
    growth: float,
    history: int,
    packed: bool,
    app: str | None,
    file: Path | None,
    candidates: Path | None,
    jobs: int | None,
    save: Path | None,
    goals: tuple[dict[str, float], ...],
    target: Path | None,
) -> None:
    """Judge the guardrails on worlds whose incidents are known: found, missed, in vain.

    A world is weeks of sums by minute of two apps: five weeks in which nothing happens, then weeks with
    labelled incidents at several sizes, with what is unusual but not wrong, and clean weeks between. The
    sums go through the same evidence as live; the generated alert rules are evaluated by a real
    Prometheus, and inhibition holds back what it would hold back. Takes minutes for each world.

    \b
    pulse backtest --weeks 8 --seed 7             one world, a table of recall and precision
    pulse backtest --rate 100 --seed 7 --seed 8   two worlds of a small platform
    pulse backtest --save world.parquet --seed 7  the world itself, to look at
    pulse backtest --world theirs.jsonl --json -  somebody else's world (docs/backtest.md)
    pulse backtest --require goals                exit 1 if a goal is missed
    """  # noqa: D301 - click reads \b
    if save is not None and len(seeds) > 1:
        raise click.UsageError("--save writes one world: name one --seed")
    show = progress_line()
    results = []
    make_world = partial(
        synthetic,
        rate=rate,
        weeks=weeks,
        growth=growth,
        history_weeks=history,
        packed=packed,
        apps=(app,) if app else APPS,
    )
    for name, make in _worlds(file, seeds, make_world):
        show(f"{name}: the world is made")
        world = make()
        if save is not None:
            write_world(world, save)
            say(f"\n{save}: {len(world.sums)} series, {len(world.incidents)} labels beside it")
            return
        signals = SIGNALS if app else (*SIGNALS, *PIPELINE_SIGNALS)
        rules = rules_of(
            FAMILIES | {OVERRIDES},
            frozenset(signal.name for signal in signals),
            candidates.read_bytes() if candidates else None,
        )
        results.append(_judge(name, world, rules, partial(evidence_of, app=app, jobs=jobs), show))
    say("")
    for line in lines(results):
        say(line)
    wanted = {figure: bound for goal in goals for figure, bound in goal.items()}
    missed = missed_goals(figures(results), wanted)
    give(_report(results, rate, missed), target)
    for text in missed:
        say(f"missed: {text}")
    if missed:
        sys.exit(1)


def _worlds(
    file: Path | None, seeds: tuple[int, ...], make_world: Callable[[int], LabelledWorld]
) -> Iterator[tuple[str, Callable[[], LabelledWorld]]]:
    if file is not None:
        yield file.name, partial(read_world, file)
        return
    for seed in seeds:
        kind = "tuning" if seed in TUNING_SEEDS else "unseen"
        yield f"seed {seed} ({kind})", partial(make_world, seed)


def _judge(
    name: str,
    world: LabelledWorld,
    rules: Rules,
    score: Callable[[LabelledWorld, Callable[[str], None]], GaugeSamples],
    show: Callable[[str], None],
) -> SeedResult:
    gauges = score(world, show)
    return result(name, world, asyncio.run(messages_of(world, gauges, rules, show)), rules)


def _report(results: list[SeedResult], rate: float, missed: list[str]) -> dict[str, object]:
    return {
        "rate": rate,
        "figures": figures(results),
        "missed": missed,
        "incidents": msgspec.to_builtins(incident_rows(results)),
        "alerts": msgspec.to_builtins(alert_rows(results)),
        "worlds": [
            {"name": result.name, "weeks": result.weeks, "figures": figures([result])} for result in results
        ],
        "faults": list(faults(results)),
    }
