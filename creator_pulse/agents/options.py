"""Command-line options that several commands share."""

from __future__ import annotations

import click

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.option_types import Folder, Output

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
