"""The worker's beat: commits, group offsets and live views."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from faust.types import TP

if TYPE_CHECKING:
    from agents.app import PulseApp
    from stream.tables.views import Views


class Beat:
    """Runs once per checkpoint interval.

    Args:
        app: with its lanes.
        views: live views.
    """

    def __init__(self, app: PulseApp, views: Views) -> None:
        self._app = app
        self._views = views
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let the beat under way be the last one."""
        self._stop.set()

    async def run(self) -> None:
        """Beat until stopped."""
        interval, loop = self._app.pulse.checkpoint_interval, asyncio.get_running_loop()
        following = loop.time()
        while not self._stop.is_set():
            await self.once()
            following = max(following + interval, loop.time())
            try:
                async with asyncio.timeout_at(following):
                    await self._stop.wait()
            except TimeoutError:
                continue

    async def once(self) -> None:
        """One beat."""
        app = self._app
        await self._views.publish(app.lanes.views())
        if app.rebalancing or not app.assigned:
            return
        await app.lanes.commit()
        positions = app.lanes.positions()
        await app.consumer.commit_offsets({TP(*place): offset for place, offset in positions.items()})
