"""The base of all traffic: randomness, the population, and the queue of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.population import Population
    from creator_pulse.stream.generator.send_queue import SendQueue

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000


class EventMaker:
    """Makes events of one kind.

    Args:
        rng: source of all randomness.
        population: the creators and viewers that events are about.
        queue: takes all events made.
    """

    def __init__(self, rng: Random, population: Population, queue: SendQueue) -> None:
        self._rng, self._population, self._queue = rng, population, queue

    def _reference(self, time_ms: float, event_ms: int, days: int) -> tuple[float, int]:
        """When an event that refers to an earlier one comes, and the event time that it refers to.

        Half of these events come a minute later. The other half come at once and refer to an event some
        days before, so that both kinds exist from the start of a run.

        Args:
            time_ms: virtual time of the earlier event.
            event_ms: its event time, epoch ms.
            days: the original is less than so many days old.
        """
        if self._rng.random() < 0.5:
            return time_ms + _MINUTE_MS, event_ms
        return time_ms + 1_000, event_ms - self._rng.randrange(1, days) * _DAY_MS
