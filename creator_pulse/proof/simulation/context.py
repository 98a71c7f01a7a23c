"""The objects that all parts of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.proof.simulation.consumer_group import ConsumerGroup
    from creator_pulse.proof.simulation.expected_totals import ExpectedTotals
    from creator_pulse.proof.simulation.network import Network
    from creator_pulse.proof.simulation.redis import MemoryRedis
    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.proof.simulation.virtual_loop import VirtualClock
    from creator_pulse.proof.simulation.world import SimulatedWorld


@dataclass(frozen=True, slots=True)
class RunContext:
    """The shared objects of one run.

    Attributes:
        rng: the only source of randomness, seeded by the run's seed.
        clock: virtual time.
        story: records events and broken laws.
        world: the log, and builds lanes over it.
        expected: the ledger at any offset.
        network: latencies, outages and torn replies.
        group: the consumer group.
        redis: the server of live views.
    """

    rng: Random
    clock: VirtualClock
    story: Story
    world: SimulatedWorld
    expected: ExpectedTotals
    network: Network
    group: ConsumerGroup
    redis: MemoryRedis
