"""The body of the command ``scenarios``: what can go wrong, as a table or as JSON."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import click

from creator_pulse.agents.fault_options import sized
from creator_pulse.agents.report import give, width_of_lines
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from creator_pulse.stream.generator.scenarios.scenario import Scenario

_WIDTH, _NARROWEST = 100, 60
_INDENT = "    "


def show_scenarios(name: str | None, target: Path | None) -> None:
    """Print the scenarios.

    Args:
        name: only this one; None: all.
        target: file for the JSON, ``-`` for standard output; None: print for people.

    Raises:
        SettingsError: there is no scenario of that name.
    """
    if name is not None and name not in SCENARIOS:
        raise SettingsError(f"there is no scenario {name!r}; they are {', '.join(SCENARIOS)}")
    chosen = list(SCENARIOS.values()) if name is None else [SCENARIOS[name]]
    if target is not None:
        give({"scenarios": [scenario_json(scenario) for scenario in chosen]}, target)
        return
    for line in lines(chosen, width_of_lines(_WIDTH, _NARROWEST)):
        click.echo(line)


def scenario_json(scenario: Scenario) -> dict[str, object]:
    """The label of a scenario: its kind, size and place, and the alerts that must and must not fire.

    Args:
        scenario: one of the list that ``pulse scenarios`` shows.
    """
    least, most = scenario.sizes
    return {
        "name": scenario.name,
        "title": scenario.title,
        "size": scenario.size,
        "unit": scenario.unit,
        "least": least,
        "most": most,
        "where": scenario.where,
        "fires_one_of": list(scenario.fires),
        "must_not_fire": list(scenario.quiet),
    }


def lines(scenarios: Sequence[Scenario], width: int) -> Iterator[str]:
    """The scenarios for people.

    Args:
        scenarios: to be shown, in the order of the lines.
        width: characters per line, at most.
    """
    for scenario in scenarios:
        yield f"{scenario.name}:{sized(scenario, scenario.size)}  ({scenario.unit}; {scenario.where})"
        texts = (
            scenario.title,
            f"must fire: {' or '.join(scenario.fires)}",
            f"must not: {', '.join(scenario.quiet)}",
        )
        for text in texts:
            yield from wrap(text, width, initial_indent=_INDENT, subsequent_indent=_INDENT * 2)
        yield ""
    yield f"pulse demo --fault {scenarios[0].name} --at 2m --fault-for 5m"
