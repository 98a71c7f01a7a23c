"""Looks for a seed that finds a planted bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.proof.simulation.parts import Parts


def first_failure(parts: Parts, seeds: Iterable[int]) -> str:
    """The first broken law of the first seed that breaks one; empty where none does.

    Args:
        parts: with the bug.
        seeds: tried in turn.
    """
    for seed in seeds:
        outcome = Simulation(seed, parts).run()
        if outcome.violations:
            return outcome.violations[0]
    return ""
