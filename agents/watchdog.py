"""The watchdog: lag, idle partitions, and a worker that is alive but does not move.

It runs beside the beat, not in it: what it watches over may hang.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream.errors import StalledError
from stream.tables.lanes import Place
from stream.transport.names import label_of
from stream.windows.lane import Sample

if TYPE_CHECKING:
    from agents.app import PulseApp


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
        self._moving_since: float | None = None

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            StalledError: there is lag, but nothing was committed for longer than allowed; or the
                group does not come to rest; or Kafka's client does not answer.
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
        if app.rebalancing:
            since = self._moving_since = self._moving_since or now
            if now - since > 2 * app.pulse.stall_after:
                raise self._stalled("the group does not come to rest")
            return
        self._moving_since = None
        ends = await app.consumer.ends() if app.assigned else {}
        lags = {}
        for tp in app.assigned:
            place = Place(tp.topic, tp.partition)
            if tp in ends:
                lags[place] = self._judge(place, app.consumer.lag(tp, self._position(place), ends[tp]), now)
        self._lag = lags
        self._seen = {place: seen for place, seen in self._seen.items() if place in lags}

    def samples(self) -> list[Sample]:
        """The lag of the owned lanes that are open."""
        return [
            Sample("pulse_consumer_lag_records", self._named(place), lag)
            for place, lag in list(self._lag.items())
            if self._app.lanes.position(place) is not None
        ]

    def _judge(self, place: Place, lag: int, now: float) -> int:
        """The lag of a place; a lane that is not open, or commits nothing, does not move."""
        app = self._app
        committed, position = app.lanes.positions().get(place, -1), self._position(place)
        seen = self._seen.setdefault(place, _Seen(committed, position, now, now))
        if position != seen.position:
            seen.position, seen.busy_at = position, now
        if committed > seen.committed or (lag == 0 and committed >= 0):
            seen.committed, seen.moved_at = max(committed, seen.committed), now
        app.lanes.idle(place, idle=lag == 0 and now - seen.busy_at >= app.pulse.idle_after)
        if now - seen.moved_at > app.pulse.stall_after:
            raise self._stalled(f"{place.topic}-{place.partition} commits nothing, {lag} records to read")
        return lag

    def _position(self, place: Place) -> int:
        return self._app.lanes.position(place) or 0

    def _named(self, place: Place) -> tuple[tuple[str, str], ...]:
        label = label_of(place.topic, self._app.pulse)
        return (("partition", str(place.partition)), ("topic", label))

    def _stalled(self, what: str) -> StalledError:
        seconds = self._app.pulse.stall_after
        return StalledError(f"no progress for {seconds:.0f} s ({what}): exiting, so that another takes over")
