"""The viewers who watch live now; some of them give gifts, and any of them may buy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Creator, Market, Viewer
    from creator_pulse.stream.generator.room_traffic import Room

# If gifters take turns, as a single one would give too fast for FR1.
_LEAST_GIVERS = 3


@dataclass(slots=True, eq=False)
class Session:
    """One visit of a viewer.

    Attributes:
        viewer: who watches.
        creator: who is watched now.
        room: the live room; None: the feed.
        text: the session's fields as JSON.
        beats: heartbeats that are still to come, 1 or more.
        ad_ms: ad time since the last heartbeat.
        since_ms: time since the last ad, at the next heartbeat.
    """

    viewer: Viewer
    creator: Creator
    room: Room | None
    text: str
    beats: int
    ad_ms: int = 0
    since_ms: int = 0


class Guests(Protocol):
    """Who gives and buys in live rooms."""

    def giver(self, market: Market, coins: int, time_ms: float) -> Session:
        """The session of a market from which the next gift of so many coins comes."""
        ...

    def buyer(self, market: Market, time_ms: float) -> Session:
        """A live session of a market that looks at a product."""
        ...


class _Crowd:
    """Sessions of which any may leave; a random one is found at once."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self._places: dict[Session, int] = {}
        self._turn = 0

    def add(self, session: Session) -> None:
        self._places[session] = len(self.sessions)
        self.sessions.append(session)

    def remove(self, session: Session) -> None:
        place, last = self._places.pop(session), self.sessions.pop()
        # The last one takes the place of the one that leaves.
        if last is not session:
            self.sessions[place] = last
            self._places[last] = place

    def next(self) -> Session:
        """The session whose turn it is."""
        self._turn = (self._turn + 1) % len(self.sessions)
        return self.sessions[self._turn]


class Audience:
    """The live viewers of all markets.

    Args:
        rng: source of all randomness.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._viewers: defaultdict[str, _Crowd] = defaultdict(_Crowd)
        self._gifters: defaultdict[str, _Crowd] = defaultdict(_Crowd)
        self._giving: dict[bytes, Session] = {}

    def enter(self, session: Session) -> None:
        """Add a session that begins to watch live."""
        region = session.viewer.market.region
        self._viewers[region].add(session)
        if session.viewer.gives:
            self._gifters[region].add(session)
            self._giving[session.viewer.name] = session

    def leave(self, session: Session) -> None:
        """Remove a session that no longer watches live."""
        region = session.viewer.market.region
        self._viewers[region].remove(session)
        if session.viewer.gives:
            self._gifters[region].remove(session)
            # A viewer may watch twice; then another session is the one that gives.
            if self._giving.get(session.viewer.name) is session:
                del self._giving[session.viewer.name]

    def next_giver(self, market: Market) -> Session | None:
        """The session of a market whose turn it is to give; None if too few gifters watch live there."""
        crowd = self._gifters[market.region]
        return crowd.next() if len(crowd.sessions) >= _LEAST_GIVERS else None

    def session(self, gifter: Viewer) -> Session | None:
        """The live session of somebody who gives; None if there is none now."""
        return self._giving.get(gifter.name)

    def buyer(self, market: Market) -> Session | None:
        """A random session of a market that looks at a product; None if no one watches live there."""
        sessions = self._viewers[market.region].sessions
        return self._rng.choice(sessions) if sessions else None
