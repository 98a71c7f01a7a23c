"""The watchdog: lag, idle partitions, and a worker that is alive but does not move.

It runs beside the beat, not in it: what it watches over may hang.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import StalledError
from creator_pulse.stream.transport.names import label_of
from creator_pulse.stream.windows.lane import Sample

if TYPE_CHECKING:
    from creator_pulse.agents.app import PulseApp
    from creator_pulse.stream.tables.lanes import Place


@dataclass
class _Seen:
    """What the watchdog remembers of a partition."""

    committed: int
    position: int
    moved_at: float
    busy_at: float


class Watchdog:
    """Looks once per checkpoint interval.

    Args:
        app: with its lanes.
    """

    def __init__(self, app: PulseApp) -> None:
        self._app = app
        self._seen: dict[Place, _Seen] = {}
        self._lag: dict[Place, int] = {}
        self._moving = 0.0
        self._began = self.looked_at = app.clock_seconds()
        """When the last look ended."""

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            StalledError: there is lag, but nothing was committed for longer than allowed; or the
                group does not come to rest, or hears nothing of this worker; or Kafka's client does
                not answer.
        """
        while True:
            try:
                async with asyncio.timeout(self._app.pulse.stall_after):
                    await self.look()
            except TimeoutError as error:
                raise self._stalled("the consumer does not answer") from error
            await asyncio.sleep(self._app.pulse.checkpoint_interval)

    async def look(self) -> None:
        """One look.

        Raises:
            StalledError: as ``run``.
        """
        app, now = self._app, self._app.clock_seconds()
        self._judge_group(now)
        if not app.rebalancing:
            ends = await app.consumer.ends() if app.assigned else {}
            committed = app.lanes.positions()
            lags = {}
            for place in app.places():
                # A partition whose end nobody knows is not read: its lane must not stand still for ever.
                known = place in ends
                lags[place] = app.consumer.lag(place, self._position(place), ends[place]) if known else None
                self._judge(place, lags[place], committed.get(place, -1), now)
            self._lag = {place: lag for place, lag in lags.items() if lag is not None}
            self._seen = {place: seen for place, seen in self._seen.items() if place in lags}
            if not lags:
                self._moving = 0.0
        self.looked_at = self._app.clock_seconds()

    def lag(self, place: Place) -> int | None:
        """Records to read; None while the end of the partition is not known."""
        return self._lag.get(place)

    def still_seconds(self, place: Place, now: float) -> float:
        """How long a place has committed nothing while there was something to commit."""
        seen = self._seen.get(place)
        return 0.0 if seen is None else now - seen.moved_at

    def moving_seconds(self) -> float | None:
        """How long the group has moved since the last progress; None while it is at rest."""
        return self._moving if self._app.rebalancing else None

    def samples(self) -> list[Sample]:
        """The lag of the owned lanes that are open."""
        return [
            Sample("pulse_consumer_lag_records", self._named(place), lag)
            for place, lag in list(self._lag.items())
            if self._app.lanes.position(place) is not None
        ]

    def _judge_group(self, now: float) -> None:
        app, longest, passed = self._app, 2 * self._app.pulse.stall_after, now - self.looked_at
        if app.rebalancing:
            self._moving += passed
            for seen in self._seen.values():
                # Nothing can be committed meanwhile, and the time for that is bounded below.
                seen.moved_at += passed
        if self._moving > longest:
            raise self._stalled("the group does not come to rest", longest)
        if now - max(app.heartbeat_sent_at, self._began) > longest:
            raise self._stalled("no group heartbeat has succeeded", longest)

    def _judge(self, place: Place, lag: int | None, committed: int, now: float) -> None:
        """A lane that is not open, or commits nothing, does not move."""
        app, position = self._app, self._position(place)
        seen = self._seen.setdefault(place, _Seen(committed, position, now, now))
        if position != seen.position:
            seen.position, seen.busy_at = position, now
        if 0 <= committed < seen.committed:
            # The log was cut: going back to its end is no progress, but going on from there is.
            seen.committed = committed
        # All read is not enough: what is read and never committed is never shown.
        if committed > seen.committed or (lag == 0 and committed >= position):
            seen.committed, seen.moved_at = max(committed, seen.committed), now
            self._moving = 0.0
        app.lanes.idle(place, idle=lag == 0 and now - seen.busy_at >= app.pulse.idle_after)
        if now - seen.moved_at > app.pulse.stall_after:
            behind = "its end is not known" if lag is None else f"{lag} records to read"
            raise self._stalled(f"{place.topic}-{place.partition} commits nothing, {behind}")

    def _position(self, place: Place) -> int:
        return self._app.lanes.position(place) or 0

    def _named(self, place: Place) -> tuple[tuple[str, str], ...]:
        label = label_of(place.topic, self._app.pulse)
        return (("partition", str(place.partition)), ("topic", label))

    def _stalled(self, what: str, seconds: float | None = None) -> StalledError:
        seconds = seconds or self._app.pulse.stall_after
        return StalledError(f"no progress for {seconds:.0f} s ({what}): exiting, so that another takes over")
