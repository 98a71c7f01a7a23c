"""The worker's beat: commits, group offsets, idle partitions, lag, live views, and the watchdog."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from faust.types import TP

from stream.errors import StalledError
from stream.tables.lanes import Place
from stream.transport.names import label_of
from stream.windows.lane import Sample

if TYPE_CHECKING:
    from agents.app import PulseApp
    from stream.tables.views import Views

logger = logging.getLogger(__name__)

_VERSION = version("creator-pulse")


@dataclass
class _Seen:
    """What the beat remembers of a partition."""

    position: int = -1
    moved_at: float = 0.0
    busy_at: float = field(default=0.0)


class Beat:
    """Runs once per checkpoint interval.

    Args:
        app: with its lanes.
        views: live views.
    """

    def __init__(self, app: PulseApp, views: Views) -> None:
        self._app = app
        self._views = views
        self._seen: dict[Place, _Seen] = {}
        self._lag: dict[Place, int] = {}

    async def run(self) -> None:
        """Beat until cancelled.

        Raises:
            StalledError: there is lag, but no offset moved for longer than allowed.
        """
        settings, loop = self._app.pulse, asyncio.get_running_loop()
        following = loop.time()
        while True:
            await self.once()
            following = max(following + settings.checkpoint_interval, loop.time())
            await asyncio.sleep(following - loop.time())

    async def once(self) -> None:
        """One beat."""
        app = self._app
        await self._views.publish(app.lanes.views())
        if app.rebalancing or not app.assigned:
            return
        await self._watch()
        await app.lanes.commit()
        positions = app.lanes.positions()
        await app.consumer.commit_offsets({TP(*place): offset for place, offset in positions.items()})

    def samples(self) -> list[Sample]:
        """The lanes' series, their lag, and the worker's own."""
        lanes = self._app.lanes.samples()
        if lanes:
            lanes += [
                Sample("pulse_consumer_lag_records", self._place(place), lag)
                for place, lag in list(self._lag.items())
            ]
        return [
            *lanes,
            Sample("pulse_redis_up", (), float(self._views.up)),
            Sample("pulse_worker_info", (("version", _VERSION),), 1),
        ]

    def _place(self, place: Place) -> tuple[tuple[str, str], ...]:
        return (("partition", str(place.partition)), ("topic", label_of(place.topic, self._app.pulse)))

    async def _watch(self) -> None:
        app, now = self._app, self._app.clock_seconds()
        ends = await app.consumer.ends()
        lags = {}
        for tp in app.assigned:
            place = Place(tp.topic, tp.partition)
            position = app.lanes.position(place)
            if position is None or tp not in ends:
                continue
            seen = self._seen.setdefault(place, _Seen(position, now, now))
            lag = lags[place] = app.consumer.lag(tp, position, ends[tp])
            if position != seen.position:
                seen.position, seen.moved_at, seen.busy_at = position, now, now
            if lag == 0:
                seen.moved_at = now
            app.lanes.idle(place, idle=lag == 0 and now - seen.busy_at >= app.pulse.idle_after)
            if now - seen.moved_at > app.pulse.stall_after:
                raise StalledError(
                    f"no progress on {tp.topic}-{tp.partition} for {app.pulse.stall_after:.0f} s with {lag} "
                    "records to read: this worker exits so that another can take over"
                )
        self._lag = lags
        self._seen = {place: seen for place, seen in self._seen.items() if place in lags}
