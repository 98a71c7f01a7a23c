"""The worker's commit loop: checkpoints, group offsets and live views."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from faust.types import TP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from creator_pulse.agents.app import PulseApp
    from creator_pulse.stream.tables.views import Views


class CommitLoop:
    """Commits source lanes and merge lanes, each once per checkpoint interval and independently of the other.

    Args:
        app: whose lanes are committed.
        views: publishes the live views before each commit of source lanes.
    """

    def __init__(self, app: PulseApp, views: Views) -> None:
        self._app = app
        self._views = views
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let the commits under way be the last ones."""
        self._stop.set()

    async def run(self) -> None:
        """Commit until stopped."""
        # Two loops, so that closing windows does not hold up counting.
        loops = [asyncio.create_task(self._repeat(commit)) for commit in (self._count, self._merge)]
        try:
            await asyncio.gather(*loops)
        finally:
            for loop in loops:
                loop.cancel()

    async def _repeat(self, commit: Callable[[], Awaitable[None]]) -> None:
        interval, loop = self._app.pulse.checkpoint_interval, asyncio.get_running_loop()
        following = loop.time()
        while not self._stop.is_set():
            await commit()
            # A commit that took longer than the interval is followed at once, but none is made up for.
            following = max(following + interval, loop.time())
            try:
                async with asyncio.timeout_at(following):
                    await self._stop.wait()
            except TimeoutError:
                continue

    async def _count(self) -> None:
        app = self._app
        # Views of the last confirmed commit, before the next one begins.
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
        """Whether a rebalance is under way: lanes commit as their partitions are revoked."""
        return self._app.rebalancing or not self._app.assigned
