"""The base of all traffic: randomness, the population, the queue of events, and the world's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.population import Population
    from creator_pulse.stream.generator.send_queue import SendQueue
    from creator_pulse.stream.generator.world import World

DAY_MS = 86_400_000
"""A real day."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all makers of events share.

    Attributes:
        rng: source of all randomness.
        population: the creators and viewers that events are about.
        queue: takes all events made.
        world: how often things happen.
    """

    rng: Random
    population: Population
    queue: SendQueue
    world: World


class EventMaker:
    """Makes events of one kind.

    Args:
        setting: what all makers share.
    """

    def __init__(self, setting: Setting) -> None:
        self._rng, self._population, self._queue = setting.rng, setting.population, setting.queue
        self._world = setting.world

    def _reference(self, time_ms: float, event_ms: int, days: int) -> tuple[float, int]:
        """When an event that refers to an earlier one comes, and the event time that it refers to.

        Half of these events come a day later, which the world may compress. The other half come at once and
        refer to an event some real days before, so that both kinds exist from the start of a run.

        Args:
            time_ms: virtual time of the earlier event.
            event_ms: its event time, epoch ms.
            days: the original is less than so many days old.
        """
        if self._rng.random() < 0.5:
            return time_ms + self._world.day_ms, event_ms
        return time_ms + 1_000, event_ms - self._rng.randrange(1, days) * DAY_MS
