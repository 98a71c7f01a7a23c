"""What belongs to one run: the world, its chance, and its judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.proof.simulation.group import Group
    from creator_pulse.proof.simulation.redis import MemoryRedis
    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.proof.simulation.truths import Truths
    from creator_pulse.proof.simulation.virtual_loop import VirtualClock
    from creator_pulse.proof.simulation.weather import Weather
    from creator_pulse.proof.simulation.world import World


@dataclass(frozen=True, slots=True)
class Run:
    """One run by one seed.

    Attributes:
        rng: the only source of chance.
        clock: virtual time.
        story: what happens.
        world: the log and how lanes are made.
        truths: the ledger.
        weather: what goes wrong.
        group: the consumer group.
        redis: the server of live views.
    """

    rng: Random
    clock: VirtualClock
    story: Story
    world: World
    truths: Truths
    weather: Weather
    group: Group
    redis: MemoryRedis
