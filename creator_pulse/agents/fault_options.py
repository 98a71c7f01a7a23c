"""Command-line options that inject faults into synthetic events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from creator_pulse.agents.duration import Duration
from creator_pulse.agents.options import with_options
from creator_pulse.stream.generator.scenarios.injection import Injection
from creator_pulse.stream.generator.scenarios.listed import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.generator.scenarios.scenario import Scenario

_MS = 1_000
_PER_CENT = 100


class SizedScenario(NamedTuple):
    """A scenario as an option names it."""

    scenario: Scenario
    size: float


class FaultName(click.ParamType):
    """``NAME`` or ``NAME:SIZE`` of a scenario: ``checkout-fails:30%``, ``gift-price-error:0.1``."""

    name = "fault"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> SizedScenario:
        """The scenario that a text names, with its size."""
        if isinstance(value, SizedScenario):
            return value
        name, colon, text = str(value).partition(":")
        scenario = SCENARIOS.get(name)
        if scenario is None:
            self.fail(f"there is no scenario {name!r}; `pulse scenarios` lists them", param, ctx)
        if not colon:
            return SizedScenario(scenario, scenario.size)
        try:
            size = float(text.removesuffix("%")) / (_PER_CENT if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{text!r} is no size: write {name}:{sized(scenario, scenario.size)}", param, ctx)
        least, most = scenario.sizes
        if not least <= size <= most:
            allowed = f"{sized(scenario, least)} to {sized(scenario, most)}"
            self.fail(f"the size of {name} is {allowed} ({scenario.unit}), not {text}", param, ctx)
        return SizedScenario(scenario, size)


def sized(scenario: Scenario, size: float) -> str:
    """A size as a person writes it: a share in per cent, any other number as it is."""
    return f"{size * _PER_CENT:g}%" if scenario.unit == "share" else f"{size:g}"


fault_options = with_options(
    click.option(
        "--fault",
        "faults",
        type=FaultName(),
        multiple=True,
        metavar="NAME[:SIZE]",
        help="Let something go wrong; `pulse scenarios` lists what can. May be given several times.",
    ),
    click.option(
        "--at",
        "fault_at",
        type=Duration(least=0.0),
        default=60.0,
        show_default="60s",
        metavar="TIME",
        help="When the faults begin, after the start.",
    ),
    click.option(
        "--fault-for",
        type=Duration(),
        default=300.0,
        show_default="5m",
        metavar="TIME",
        help="How long they last.",
    ),
)
"""Gives a command the options ``--fault``, ``--at`` and ``--fault-for``."""


def chosen_faults(
    faults: Sequence[SizedScenario], fault_at: float, fault_for: float
) -> tuple[Injection, ...]:
    """The faults that the options choose.

    Args:
        faults: scenarios with their sizes.
        fault_at: when they begin, seconds after the start of the run.
        fault_for: how long they last, seconds.
    """
    after_ms, lasts_ms = round(fault_at * _MS), round(fault_for * _MS)
    return tuple(Injection(scenario, size, after_ms, lasts_ms) for scenario, size in faults)
