"""Command-line options that choose the world of synthetic events."""

from __future__ import annotations

from dataclasses import replace

import click

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.option_types import BoundedNumber
from creator_pulse.agents.options import with_options
from creator_pulse.stream.generator.world import PLATFORM, WORLDS, World

_PER_CENT = 100.0
_MS = 1_000.0
world_options = with_options(
    click.option(
        "--world",
        type=click.Choice(tuple(WORLDS)),
        default=PLATFORM.name,
        show_default=True,
        help="platform: in proportion, as on a real one; dense: every kind of event within seconds.",
    ),
    click.option("--steady", is_flag=True, help="Ignore the hour of the day and the day of the week."),
    click.option(
        "--growth",
        type=BoundedNumber(-50.0, 1_000.0),
        metavar="PERCENT",
        help=f"Growth of the audience a week.  [default: {PLATFORM.growth * _PER_CENT:g}; dense: 0]",
    ),
    click.option(
        "--day",
        type=Duration(),
        metavar="TIME",
        help=(
            "How long a day takes in the life of deals, payouts and refunds; a real one: 24h."
            f"  [default: {PLATFORM.day_ms / _MS:g}s]"
        ),
    ),
)
"""Gives a command the options ``--world``, ``--steady``, ``--growth`` and ``--day``."""


def chosen_world(world: str, *, steady: bool, growth: float | None, day: float | None) -> World:
    """The world that the options choose.

    Args:
        world: name of a world.
        steady: whether it has no rhythm.
        growth: per cent per week; None: that of the world.
        day: seconds that a day takes; None: as long as in that world.
    """
    named = WORLDS[world]
    return replace(
        named,
        rhythm=named.rhythm and not steady,
        growth=named.growth if growth is None else growth / _PER_CENT,
        day_ms=named.day_ms if day is None else day * _MS,
    )
