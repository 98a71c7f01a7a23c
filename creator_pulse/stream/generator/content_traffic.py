"""Content: videos, removals, live rooms with a reading every 30 s, and creators who enrol in tools."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.event_maker import EventMaker

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Actor
    from creator_pulse.stream.generator.population import Population
    from creator_pulse.stream.generator.send_queue import SendQueue

EVERY_MS = 30_000
# Readings of a room on average, which make 25 minutes.
_MEAN_READINGS = 50
_REMOVED = 0.005
_ENROLLED, _SUSPENDED, _LEFT = 0.8, 0.003, 0.05
# Share of the enrolled creators who have earned before.
_EARNED_BEFORE = 0.3
_TOOLS = ("gift", "ad", "reward", "deal", "commerce")
_DAY_MS = 86_400_000
_STEP_MS = 30_000


class ContentTraffic(EventMaker):
    """Makes videos and enrolments, one at a time, and keeps a number of rooms open."""

    def __init__(self, rng: Random, population: Population, queue: SendQueue) -> None:
        super().__init__(rng, population, queue)
        self._rooms: deque[tuple[float, Actor | None]] = deque()

    def post(self, time_ms: float) -> None:
        """One video, which is rarely removed a minute later.

        Args:
            time_ms: virtual time at which it is posted.
        """
        rng = self._rng
        actor = self._population.owner()
        video = f',"video_id":"x{actor.creator.key.decode()}-{self._queue.count:x}"'
        self._queue.put("content", actor, "video_posted", time_ms, video)
        if rng.random() < _REMOVED:
            own = f'{video},"ad_impressions":{int(rng.expovariate(1 / 0.6))},"reason":"policy"'
            self._queue.put("content", actor, "content_removed", time_ms + 2 * _STEP_MS, own)

    def enrol(self, time_ms: float) -> None:
        """One creator becomes eligible for a tool, usually enrols, and rarely is suspended or leaves.

        Args:
            time_ms: virtual time at which the creator becomes eligible.
        """
        rng = self._rng
        actor = self._population.owner()
        tool = f',"tool":"{rng.choice(_TOOLS)}"'
        self._queue.put("content", actor, "tool_eligible", time_ms, tool)
        if rng.random() >= _ENROLLED:
            return
        days = rng.randrange(1, 300) if rng.random() < _EARNED_BEFORE else 0
        # If the creator has never earned, the time of the first earning is that of the enrolment.
        enrolled_ms = int(time_ms) + _STEP_MS
        changes = [("enrolled", f',"first_earned_time":{enrolled_ms - days * _DAY_MS}')]
        roll = rng.random()
        if roll < _SUSPENDED:
            changes += [("suspended", ""), ("reinstated", "")]
        elif roll < _SUSPENDED + _LEFT:
            changes.append(("left", ""))
        for step, (change, own) in enumerate(changes, 1):
            self._queue.put("content", actor, f"tool_{change}", time_ms + step * _STEP_MS, f"{tool}{own}")

    def run(self, from_ms: float, until_ms: float, rooms: int) -> None:
        """Make the readings that are due in a slice of time, and open or close rooms.

        Args:
            from_ms: start of the slice, virtual time.
            until_ms: end of the slice, virtual time.
            rooms: number of rooms that should be open.
        """
        # None stands for a room that is still to be opened; each comes back one interval later.
        missing = rooms - len(self._rooms)
        self._rooms.extend((from_ms + EVERY_MS * number / missing, None) for number in range(missing))
        while self._rooms and self._rooms[0][0] < until_ms:
            due_ms, room = self._rooms.popleft()
            # Too many rooms: leave out one that is not open yet.
            if missing < 0 and room is None:
                missing += 1
                continue
            room_after = self._open(due_ms) if room is None else self._read(due_ms, room)
            self._rooms.append((due_ms + EVERY_MS, room_after))

    def _open(self, time_ms: float) -> Actor:
        actor = self._population.owner()
        self._queue.put("content", actor, "live_started", time_ms, "")
        return actor

    def _read(self, time_ms: float, room: Actor) -> Actor | None:
        rng = self._rng
        viewers = int(rng.lognormvariate(3.0, 1.5))
        own = f',"concurrent":{viewers},"chat_messages":{int(viewers * rng.random())}'
        self._queue.put("content", room, "room_stat", time_ms, own)
        if rng.random() * _MEAN_READINGS >= 1:
            return room
        self._queue.put("content", room, "live_ended", time_ms + 1_000, "")
        return None
