"""All scenarios by their names."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.scenarios import ads, commerce, creators, gifts, producers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.generator.scenarios.scenario import Scenario

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        scenario.name: scenario
        for scenario in chain(
            gifts.SCENARIOS, commerce.SCENARIOS, ads.SCENARIOS, creators.SCENARIOS, producers.SCENARIOS
        )
    }
)
"""Name -> scenario, tool by tool."""
