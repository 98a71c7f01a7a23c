"""The commands of ``pulse``, those that are found by their entry points among them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import click

from creator_pulse.agents.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def commands() -> Mapping[str, click.Command]:
    """Every command by its name."""
    context = click.Context(main)
    listed = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in listed.items() if command is not None}
