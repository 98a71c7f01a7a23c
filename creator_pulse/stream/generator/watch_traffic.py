"""Viewing: sessions that send a heartbeat every 30 s."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.generator.ad_traffic import LIVE
from creator_pulse.stream.generator.audience import Audience
from creator_pulse.stream.generator.model import Actor

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Market
    from creator_pulse.stream.generator.outbox import Outbox
    from creator_pulse.stream.generator.population import Population

EVERY_MS = 30_000
_MEAN_BEATS = 26
"""Of a session: 13 minutes."""
_WITH_AD = 0.2
_AD_MS = 9_000


class _Session(NamedTuple):
    actor: Actor
    viewer: str
    text: str
    live: bool


class WatchTraffic:
    """Keeps a number of sessions going.

    Args:
        rng: source of randomness.
        population: who watches whom.
        outbox: where events go.
    """

    def __init__(self, rng: Random, population: Population, outbox: Outbox) -> None:
        self._rng, self._population, self._outbox = rng, population, outbox
        self._due: deque[tuple[float, _Session | None]] = deque()
        self._audience = Audience(rng)

    def run(self, from_ms: float, until_ms: float, sessions: float) -> None:
        """Send the heartbeats that are due in a slice of time, and open sessions up to a number.

        Args:
            from_ms: start of the slice.
            until_ms: its end.
            sessions: how many should be watching; fewer let the next ones that are due fall silent.
        """
        missing = round(sessions) - len(self._due)
        if not self._due and missing > 0:
            step = EVERY_MS / missing
            self._due.extend((from_ms + step * number, None) for number in range(missing))
        elif missing > 0:
            self._due.extend((until_ms + EVERY_MS, None) for _ in range(missing))
        while self._due and self._due[0][0] < until_ms:
            due_ms, session = self._due.popleft()
            if missing < 0:
                missing += 1
                self._close(session)
                continue
            self._beat(due_ms, self._open() if session is None else session)

    def giver(self, place: Market, time_ms: float) -> str:
        """Who gives in a place, by their fields as JSON: where nobody watches live, somebody begins to.

        Args:
            place: where they are.
            time_ms: when they give, in the slice of time that ran last.
        """
        return self._audience.giver(place) or self._newcomer(place, time_ms)

    def buyer(self, place: Market, time_ms: float) -> str:
        """Who looks at a product in a live room of a place; the same is said.

        Args:
            place: where they are.
            time_ms: when they do, in the slice of time that ran last.
        """
        return self._audience.buyer(place) or self._newcomer(place, time_ms)

    def _newcomer(self, place: Market, time_ms: float) -> str:
        session = self._begin(place, live=True)
        self._beat(time_ms, session)
        return session.viewer

    def _open(self) -> _Session:
        live = self._rng.random() < LIVE
        return self._begin(self._population.place(), live=live)

    def _begin(self, place: Market, *, live: bool) -> _Session:
        creator = self._population.creator(place.app)
        viewer = self._population.viewer(place)
        surface = "live" if live else "feed"
        if live:
            self._audience.enter(place, viewer)
        return _Session(
            Actor(creator, place, f"{creator.text},{viewer}"),
            viewer,
            f',"session_id":"w{self._outbox.count:x}","surface":"{surface}"',
            live,
        )

    def _close(self, session: _Session | None) -> None:
        if session is not None and session.live:
            self._audience.leave(session.actor.place, session.viewer)

    def _beat(self, time_ms: float, session: _Session) -> None:
        """Send a heartbeat; after the last one somebody else follows."""
        rng = self._rng
        ad_ms = int(_AD_MS * (0.3 + 1.4 * rng.random())) if rng.random() < _WITH_AD else 0
        since_ms = rng.randrange(EVERY_MS - ad_ms) if ad_ms else int(EVERY_MS * (1 + rng.expovariate(0.3)))
        ends = rng.random() * _MEAN_BEATS < 1
        end = ',"session_end":true' if ends else ""
        spent = f'"organic_ms":{EVERY_MS - ad_ms},"ad_ms":{ad_ms},"ms_since_last_ad":{since_ms}'
        own = f"{session.text},{spent}{end}"
        self._outbox.put("watch", session.actor, "heartbeat", time_ms, own)
        if ends:
            self._close(session)
        self._due.append((time_ms + EVERY_MS, None if ends else session))
