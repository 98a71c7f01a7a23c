"""Engagement: acts of viewers, from heartbeat to heartbeat."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from zlib import crc32

from creator_pulse.stream.generator.event_maker import EventMaker

if TYPE_CHECKING:
    from creator_pulse.stream.generator.audience import Session
    from creator_pulse.stream.generator.model import Actor

COMPLETED = 0.42
"""Share of the videos of the feed that are watched to the end."""
# One viewer in so many only watches.
_LURKERS = 3
# Of the others, a view in the feed, or half a minute in a live room, brings at most one act: probabilities.
_IN_FEED = (("like", 0.072), ("comment", 0.00375), ("share", 0.005), ("follow", 0.0045))
_IN_ROOM = (("like", 0.075), ("share", 0.003), ("follow", 0.006))
# Of an exponential number, cut to an integer, with a mean of 1: so two videos in half a minute.
_FURTHER_VIEWS = math.log(2)
_SOON_MS = 20_000


class EngagementTraffic(EventMaker):
    """Makes the reports of completions, and what viewers like, comment on, share and follow."""

    def report(self, actor: Actor, time_ms: float, session: Session) -> None:
        """The viewer's acts since the last heartbeat, and how many videos of the feed were watched whole.

        Args:
            actor: the viewer, with the creator who was watched.
            time_ms: virtual time of the heartbeat.
            session: which goes on, or has just ended.
        """
        rng = self._rng
        if rng.random() >= self._world.engagement:
            return
        acts = crc32(session.viewer.name) % _LURKERS > 0
        if session.room is not None:
            if acts:
                self._act(actor, time_ms, _IN_ROOM, ',"surface":"live"')
            return
        views = 1 + int(rng.expovariate(_FURTHER_VIEWS))
        completed = sum(rng.random() < COMPLETED for _ in range(views))
        own = f',"surface":"feed","views":{views},"completed":{completed}'
        self._queue.put("engagement", actor, "completion", time_ms, own)
        for _ in range(views if acts else 0):
            self._act(actor, time_ms, _IN_FEED, ',"surface":"feed"')

    def _act(self, actor: Actor, time_ms: float, chances: tuple[tuple[str, float], ...], own: str) -> None:
        rng = self._rng
        roll = rng.random()
        for kind, chance in chances:
            if roll < chance:
                self._queue.put("engagement", actor, kind, time_ms + _SOON_MS * rng.random(), own)
                return
            roll -= chance
