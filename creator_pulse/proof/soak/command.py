"""The command ``pulse soak``."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from creator_pulse.agents.option_types import RATE, BoundedNumber
from creator_pulse.agents.options import JSON_TOO
from creator_pulse.agents.report import give_last, progress_line, say
from creator_pulse.proof.demo.running import RunOptions
from creator_pulse.proof.soak.run import HORIZON_MS, Soak
from creator_pulse.proof.soak.verdict import WARM_UP_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

_INTERRUPTED = 130


@click.command()
@click.option("--minutes", default=10.0, show_default=True, type=BoundedNumber(0.5, 10_080), help="How long.")
@click.option("--rate", type=RATE, default=5000.0, show_default=True, help="Records per second.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Worker processes.")
@JSON_TOO
@click.pass_obj
def soak(settings: Settings, minutes: float, rate: float, workers: int, target: Path | None) -> None:
    """Run at a steady rate, and see whether memory, handles or tables grow.

    Dedup horizon and allowed lateness are 2 minutes here, so that both are full soon. Whatever is bounded
    by hours of event time (panes, and the books of windows that may be restated) still grows; the
    memory that it takes is subtracted. The last line of standard output is one JSON object; exits 1
    when anything grows or differs.
    """
    say(f"dedup horizon and allowed lateness are {HORIZON_MS // 1000} s in a soak")
    options = RunOptions(rate=rate, workers=workers, seconds=minutes * 60)
    verdict = asyncio.run(Soak(settings, options, say, progress_line()).run())
    if verdict["ok"]:
        say("nothing grows that should not")
    elif verdict["ok"] is False:
        say(f"THE SOAK HAS FAILED: {verdict['failures']}")
    if minutes * 60 < 2 * WARM_UP_SECONDS:
        say(f"too short to judge memory: run {2 * WARM_UP_SECONDS / 60:.0f} minutes or more")
    give_last(verdict, target)
    if verdict["ok"] is None:
        sys.exit(_INTERRUPTED)
    if not verdict["ok"]:
        sys.exit(1)
