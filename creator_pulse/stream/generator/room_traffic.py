"""Live rooms: opened by hosts, read every 30 s, and closed; viewers choose among those that are open."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.event_maker import EventMaker, Setting

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Actor

EVERY_MS = 30_000
# Median and sigma of the length of a show: half an hour on average.
_LENGTH_MS, _LENGTH_SIGMA = 1_200_000, 0.9
# Chat messages per viewer between two readings, at most.
_CHATTY = 1.0


@dataclass(slots=True, eq=False)
class Room:
    """One show.

    Attributes:
        host: the creator, in the creator's market.
        ends_ms: virtual time of the end.
        viewers: number of viewers now.
        is_open: whether it goes on.
    """

    host: Actor
    ends_ms: float
    viewers: int = 0
    is_open: bool = True


class _Hall:
    """The open rooms of an app, drawn by the root of the host's popularity."""

    def __init__(self) -> None:
        self.rooms: list[Room] = []
        self.sums: list[float] = []

    def changed(self) -> None:
        self.sums = list(accumulate(math.sqrt(room.host.creator.weight) for room in self.rooms))


class RoomTraffic(EventMaker):
    """Keeps a number of rooms open.

    Args:
        setting: what all makers share.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._due: deque[tuple[float, Room | None]] = deque()
        self._halls = {app: _Hall() for app in ("tiktok", "douyin")}
        self._is_running = False

    def run(self, from_ms: float, until_ms: float, rooms: int) -> None:
        """Make the readings that are due in a slice of time, and open or close rooms.

        Args:
            from_ms: start of the slice, virtual time.
            until_ms: end of the slice, virtual time.
            rooms: number of rooms that should be open.
        """
        # None stands for a room that is still to be opened; each comes back one interval later. The first
        # rooms have been open for a while: else all of them would be announced at once.
        missing = rooms - len(self._due)
        for number in range(missing):
            due_ms = from_ms + EVERY_MS * number / missing
            self._due.append((due_ms, None if self._is_running else self._running(due_ms)))
        self._is_running = True
        while self._due and self._due[0][0] < until_ms:
            due_ms, room = self._due.popleft()
            # Too many rooms: leave out one that is not open yet.
            if missing < 0 and room is None:
                missing += 1
                continue
            room_after = self._open(due_ms) if room is None else self._read(due_ms, room)
            self._due.append((due_ms + EVERY_MS, room_after))

    def enter(self, app: str, time_ms: float) -> Room:
        """A room for a viewer who begins to watch live; if none is open, one opens.

        Args:
            app: the viewer's app, ``tiktok`` or ``douyin``.
            time_ms: virtual time, within the last slice.
        """
        room = self.room(app, time_ms)
        room.viewers += 1
        return room

    def room(self, app: str, time_ms: float) -> Room:
        """A random open room of an app, by popularity; if none is open, one opens.

        Args:
            app: whose rooms are meant, ``tiktok`` or ``douyin``.
            time_ms: virtual time, within the last slice.
        """
        hall = self._halls[app]
        if not hall.rooms:
            self._due.append((self._due[-1][0] if self._due else time_ms, self._open(time_ms, app)))
        return self._rng.choices(hall.rooms, cum_weights=hall.sums)[0]

    def _open(self, time_ms: float, app: str = "") -> Room:
        length_ms = self._rng.lognormvariate(math.log(_LENGTH_MS), _LENGTH_SIGMA)
        room = self._entered(Room(self._population.host(app), time_ms + length_ms))
        self._queue.put("content", room.host, "live_started", time_ms, "")
        return room

    def _running(self, time_ms: float) -> Room:
        """A room that was opened before the run began, at a random moment of its show."""
        # The longer a show, the likelier it is met: sigma^2 is added to the logarithm of a log-normal length.
        length_ms = self._rng.lognormvariate(math.log(_LENGTH_MS) + _LENGTH_SIGMA**2, _LENGTH_SIGMA)
        return self._entered(Room(self._population.host(""), time_ms + length_ms * self._rng.random()))

    def _entered(self, room: Room) -> Room:
        hall = self._halls[room.host.market.app]
        hall.rooms.append(room)
        hall.changed()
        return room

    def _read(self, time_ms: float, room: Room) -> Room | None:
        messages = int(room.viewers * _CHATTY * self._rng.random())
        own = f',"concurrent":{room.viewers},"chat_messages":{messages}'
        self._queue.put("content", room.host, "room_stat", time_ms, own)
        if time_ms < room.ends_ms:
            return room
        self._queue.put("content", room.host, "live_ended", time_ms + 1_000, "")
        room.is_open = False
        hall = self._halls[room.host.market.app]
        hall.rooms.remove(room)
        hall.changed()
        return None
