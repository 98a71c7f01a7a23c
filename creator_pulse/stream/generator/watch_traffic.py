"""Viewing: sessions that send a heartbeat every 30 s."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.generator.ad_traffic import LIVE
from creator_pulse.stream.generator.audience import Audience
from creator_pulse.stream.generator.event_maker import EventMaker
from creator_pulse.stream.generator.model import Actor

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Market
    from creator_pulse.stream.generator.population import Population
    from creator_pulse.stream.generator.send_queue import SendQueue

EVERY_MS = 30_000
# Heartbeats of a session on average, which make 13 minutes.
_MEAN_BEATS = 26
_WITH_AD = 0.2
_AD_MS = 9_000


class _Session(NamedTuple):
    actor: Actor
    viewer: str
    text: str
    live: bool


class WatchTraffic(EventMaker):
    """Keeps a number of sessions going."""

    def __init__(self, rng: Random, population: Population, queue: SendQueue) -> None:
        super().__init__(rng, population, queue)
        self._due: deque[tuple[float, _Session | None]] = deque()
        self._audience = Audience(rng)

    def run(self, from_ms: float, until_ms: float, sessions: float) -> None:
        """Put the heartbeats that are due in a slice of time, and open or end sessions.

        Args:
            from_ms: start of the slice, virtual time.
            until_ms: end of the slice, virtual time.
            sessions: number of sessions that should go on; if there are more, the next ones due fall silent.
        """
        # The queue is sorted by due time, because each entry goes to its end with a time one interval later.
        missing = round(sessions) - len(self._due)
        if not self._due and missing > 0:
            # At first, spread evenly over one interval, so that heartbeats do not come in bursts.
            step = EVERY_MS / missing
            self._due.extend((from_ms + step * number, None) for number in range(missing))
        elif missing > 0:
            self._due.extend((until_ms + EVERY_MS, None) for _ in range(missing))
        while self._due and self._due[0][0] < until_ms:
            due_ms, session = self._due.popleft()
            # Too many sessions: drop this one without a last heartbeat.
            if missing < 0:
                missing += 1
                self._close(session)
                continue
            self._beat(due_ms, self._open() if session is None else session)

    def giver(self, market: Market, time_ms: float) -> str:
        """The viewer of a market who gives next, as JSON; if no one watches live, someone begins to.

        Args:
            market: market of the viewer.
            time_ms: virtual time of the gift, within the last slice of time.
        """
        return self._audience.giver(market) or self._newcomer(market, time_ms)

    def buyer(self, market: Market, time_ms: float) -> str:
        """A live viewer of a market who looks at a product, as JSON; if there is none, one begins to watch.

        Args:
            market: market of the viewer.
            time_ms: virtual time of the click, within the last slice of time.
        """
        return self._audience.buyer(market) or self._newcomer(market, time_ms)

    def _newcomer(self, market: Market, time_ms: float) -> str:
        session = self._begin(market, live=True)
        self._beat(time_ms, session)
        return session.viewer

    def _open(self) -> _Session:
        live = self._rng.random() < LIVE
        return self._begin(self._population.market(), live=live)

    def _begin(self, market: Market, *, live: bool) -> _Session:
        creator = self._population.creator(market.app)
        viewer = self._population.viewer(market)
        surface = "live" if live else "feed"
        if live:
            self._audience.enter(market, viewer)
        return _Session(
            Actor(creator, market, f"{creator.text},{viewer}"),
            viewer,
            f',"session_id":"w{self._queue.count:x}","surface":"{surface}"',
            live,
        )

    def _close(self, session: _Session | None) -> None:
        if session is not None and session.live:
            self._audience.leave(session.actor.market, session.viewer)

    def _beat(self, time_ms: float, session: _Session) -> None:
        """Put a heartbeat; after the last one of a session, another session takes its turn."""
        rng = self._rng
        ad_ms = int(_AD_MS * (0.3 + 1.4 * rng.random())) if rng.random() < _WITH_AD else 0
        since_ms = rng.randrange(EVERY_MS - ad_ms) if ad_ms else int(EVERY_MS * (1 + rng.expovariate(0.3)))
        ends = rng.random() * _MEAN_BEATS < 1
        end = ',"session_end":true' if ends else ""
        spent = f'"organic_ms":{EVERY_MS - ad_ms},"ad_ms":{ad_ms},"ms_since_last_ad":{since_ms}'
        own = f"{session.text},{spent}{end}"
        self._queue.put("watch", session.actor, "heartbeat", time_ms, own)
        if ends:
            self._close(session)
        self._due.append((time_ms + EVERY_MS, None if ends else session))
