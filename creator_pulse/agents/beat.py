"""The worker's beats: commits, group offsets and live views."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from faust.types import TP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from creator_pulse.agents.app import PulseApp
    from creator_pulse.stream.tables.views import Views


class Beat:
    """Commits source lanes and merge lanes, each once per checkpoint interval and without the other.

    Args:
        app: with its lanes.
        views: live views.
    """

    def __init__(self, app: PulseApp, views: Views) -> None:
        self._app = app
        self._views = views
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let the beats under way be the last ones."""
        self._stop.set()

    async def run(self) -> None:
        """Beat until stopped."""
        beats = [asyncio.create_task(self._often(once)) for once in (self._count, self._merge)]
        try:
            await asyncio.gather(*beats)
        finally:
            for beat in beats:
                beat.cancel()

    async def _often(self, once: Callable[[], Awaitable[None]]) -> None:
        interval, loop = self._app.pulse.checkpoint_interval, asyncio.get_running_loop()
        following = loop.time()
        while not self._stop.is_set():
            await once()
            following = max(following + interval, loop.time())
            try:
                async with asyncio.timeout_at(following):
                    await self._stop.wait()
            except TimeoutError:
                continue

    async def _count(self) -> None:
        app = self._app
        await self._views.publish(app.lanes.views())
        if self._moving:
            return
        await app.lanes.commit_some(merges=False)
        positions = app.lanes.positions()
        await app.consumer.commit_offsets({TP(*place): offset for place, offset in positions.items()})

    async def _merge(self) -> None:
        if not self._moving:
            await self._app.lanes.commit_some(merges=True)

    @property
    def _moving(self) -> bool:
        """Whether partitions are about to come or go: their lanes commit as they do."""
        return self._app.rebalancing or not self._app.assigned
