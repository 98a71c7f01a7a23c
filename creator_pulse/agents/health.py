"""Collects a worker's vitals for ``/live`` and ``/ready``; may be called from any thread."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING

from creator_pulse.stream.exposition.health import HealthVerdict, LaneVitals, Vitals, live, ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.agents.app import PulseApp
    from creator_pulse.agents.watchdog import Watchdog

TURN_SECONDS = 0.5
"""Seconds between two signs of life of the event loop."""


class WorkerHealth:
    """The health of a worker.

    Args:
        app: its lanes, heartbeat and rebalances are read.
        watchdog: with its last look.
    """

    def __init__(self, app: PulseApp, watchdog: Watchdog) -> None:
        self._app = app
        self._watchdog = watchdog
        self.turns = 0
        """Counts the signs of life of the event loop."""
        self._turn_at = app.clock_seconds()
        self._leaving = False
        self._waits: deque[float] = deque(maxlen=round(60 / TURN_SECONDS))

    @property
    def answers(self) -> Mapping[str, Callable[[], tuple[HealthVerdict, Vitals]]]:
        """Path -> function that answers it."""
        return {"/live": self._live, "/ready": self._ready}

    async def run(self) -> None:
        """Give signs of life while the event loop turns, until cancelled."""
        clock = self._app.clock_seconds
        while True:
            self.turn()
            # How much later than due the loop wakes up is how long others have held it.
            due = clock() + TURN_SECONDS
            await asyncio.sleep(TURN_SECONDS)
            self._waits.append(max(0.0, clock() - due))

    @property
    def stall_seconds(self) -> float:
        """Longest delay of the event loop in the last minute, s."""
        return max(tuple(self._waits), default=0.0)

    def turn(self) -> None:
        """Note that the event loop is running now."""
        self.turns += 1
        self._turn_at = self._app.clock_seconds()

    def leave(self) -> None:
        """Be no longer ready, because the worker was told to stop."""
        self._leaving = True

    def vitals(self) -> Vitals:
        """The worker as it is now."""
        app, watchdog, now = self._app, self._watchdog, self._app.clock_seconds()
        beat = now - app.heartbeat_sent_at
        positions = app.lanes.positions()
        lanes = (
            LaneVitals(
                place.topic,
                place.partition,
                place in positions,
                app.lanes.is_fenced(place),
                watchdog.lag(place),
                round(watchdog.still_seconds(place, now), 3),
            )
            for place in app.places()
        )
        return Vitals(
            loop_seconds=round(now - self._turn_at, 3),
            look_seconds=round(now - watchdog.looked_at, 3),
            heartbeat_seconds=round(beat, 3) if math.isfinite(beat) else None,
            moving_seconds=watchdog.moving_seconds(),
            joined=app.rebalancing_count > 0,
            leaving=self._leaving,
            group_fault=app.stranger_fault or app.join_fault,
            lanes=tuple(lanes),
        )

    def _live(self) -> tuple[HealthVerdict, Vitals]:
        vitals = self.vitals()
        return live(vitals, self._app.pulse), vitals

    def _ready(self) -> tuple[HealthVerdict, Vitals]:
        vitals = self.vitals()
        return ready(vitals, self._app.pulse), vitals
