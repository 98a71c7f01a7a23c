"""Command-line options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.option_types import Folder, Output

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., Any]")
DURATION = Duration()
JSON = click.option(
    "--json",
    "target",
    type=Output(dash=True),
    metavar="FILE",
    is_flag=False,
    flag_value="-",
    help="Write one JSON object there at the end; - or no name is standard output.",
)
JSON_TOO = click.option(
    "--json",
    "target",
    type=Output(dash=True),
    metavar="FILE",
    default=None,
    help="Write the JSON object there too.",
)
"""For commands whose last line of standard output is a JSON object anyway."""
DATA = click.option(
    "--data",
    type=Folder(),
    metavar="DIR",
    help="Keep data in this folder; without it all starts empty.",
)
ENDPOINTS = click.option(
    "--endpoints",
    type=Output(),
    metavar="FILE",
    help="Write the addresses there (JSON) once all is ready.",
)


def with_options(*options: Callable[[Any], Any]) -> Callable[[_F], _F]:
    """A decorator that gives a command several options, which stand in its help in this order.

    Args:
        options: as ``click.option`` makes them.
    """

    def decorate(command: _F) -> _F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
