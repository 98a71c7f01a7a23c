"""Viewing: sessions that send a heartbeat every 30 s, and see ads between them."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.ad_traffic import LIVE, OFFERS_PER_HOUR, AdTraffic
from creator_pulse.stream.generator.audience import Audience, Session
from creator_pulse.stream.generator.event_maker import EventMaker, Setting
from creator_pulse.stream.generator.population import watching

if TYPE_CHECKING:
    from creator_pulse.stream.generator.engagement_traffic import EngagementTraffic
    from creator_pulse.stream.generator.model import Market, Viewer
    from creator_pulse.stream.generator.room_traffic import RoomTraffic

EVERY_MS = 30_000
_HOUR_MS = 3_600_000
VISIT_MS, VISIT_SIGMA = 480_000, 1.0
"""Median and sigma of the lognormal length of a visit: 13 minutes on average."""
_AD_CHANCE = OFFERS_PER_HOUR * EVERY_MS / _HOUR_MS
# An ad begins so long after a heartbeat at most, so that it is over before the next one.
_LATEST_AD_MS = 14_000
# Reciprocal of the mean number of intervals since an ad that is longer ago than the last heartbeat.
_GAP = 0.3


class WatchTraffic(EventMaker):
    """Keeps a number of sessions going.

    Args:
        setting: what all makers share.
        ads: shows ads to the viewers.
        engagement: draws likes, comments and other acts of those who watch.
        rooms: the live rooms.
    """

    def __init__(
        self, setting: Setting, ads: AdTraffic, engagement: EngagementTraffic, rooms: RoomTraffic
    ) -> None:
        super().__init__(setting)
        self._ads, self._engagement, self._rooms = ads, engagement, rooms
        self._due: deque[tuple[float, Session | None]] = deque()
        self._audience = Audience(setting.rng)

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
            self._beat(due_ms, self._open(due_ms) if session is None else session)

    def giver(self, market: Market, coins: int, time_ms: float) -> Session:
        """The session of a market from which the next gift comes; who gives and is not there comes.

        Args:
            market: market of the viewer.
            coins: price of the gift.
            time_ms: virtual time of the gift, within the last slice of time.
        """
        if self._world.gift_sigma:
            viewer = self._population.gifter(market, coins)
            session = self._audience.session(viewer)
            return self._newcomer(viewer, time_ms) if session is None else session
        session = self._audience.next_giver(market)
        if session is not None:
            return session
        viewer = self._population.viewer(market)
        while not viewer.gives:
            viewer = self._population.viewer(market)
        return self._newcomer(viewer, time_ms)

    def buyer(self, market: Market, time_ms: float) -> Session:
        """A live session of a market that looks at a product; if there is none, one begins.

        Args:
            market: market of the viewer.
            time_ms: virtual time of the click, within the last slice of time.
        """
        session = self._audience.buyer(market)
        return self._newcomer(self._population.viewer(market), time_ms) if session is None else session

    def _newcomer(self, viewer: Viewer, time_ms: float) -> Session:
        session = self._begin(viewer, time_ms, live=True)
        self._beat(time_ms, session)
        return session

    def _open(self, time_ms: float) -> Session:
        live = self._rng.random() < LIVE
        return self._begin(self._population.viewer(self._population.market()), time_ms, live=live)

    def _begin(self, viewer: Viewer, time_ms: float, *, live: bool) -> Session:
        rng, market = self._rng, viewer.market
        room = self._rooms.enter(market.app, time_ms) if live else None
        creator = self._population.creator(market) if room is None else room.host.creator
        surface = "feed" if room is None else "live"
        text = f',"session_id":"w{self._queue.count:x}","surface":"{surface}"'
        beats = max(1, round(rng.lognormvariate(math.log(VISIT_MS / EVERY_MS), VISIT_SIGMA)))
        since_ms = int(EVERY_MS * (1 + rng.expovariate(_GAP)))
        session = Session(viewer, creator, room, text, beats, since_ms=since_ms)
        if room is not None:
            self._audience.enter(session)
        return session

    def _close(self, session: Session | None) -> None:
        if session is not None and session.room is not None:
            session.room.viewers -= 1
            self._audience.leave(session)

    def _beat(self, time_ms: float, session: Session) -> None:
        """Put a heartbeat; after the last one of a session, another session takes its turn."""
        session.beats -= 1
        ends = session.beats == 0
        end = ',"session_end":true' if ends else ""
        spent = (
            f'"organic_ms":{EVERY_MS - session.ad_ms},"ad_ms":{session.ad_ms},'
            f'"ms_since_last_ad":{session.since_ms}'
        )
        actor = watching(session.creator, session.viewer)
        self._queue.put("watch", actor, "heartbeat", time_ms, f"{session.text},{spent}{end}")
        self._engagement.report(actor, time_ms, session)
        if ends:
            self._close(session)
        else:
            self._go_on(time_ms, session)
        self._due.append((time_ms + EVERY_MS, None if ends else session))

    def _go_on(self, time_ms: float, session: Session) -> None:
        """Let a session watch until its next heartbeat: what comes next, and perhaps an ad."""
        rng, room = self._rng, session.room
        if room is None:
            session.creator = self._population.creator(session.viewer.market)
        elif not room.is_open:
            room.viewers -= 1
            session.room = self._rooms.enter(session.viewer.market.app, time_ms)
            session.creator = session.room.host.creator
        session.ad_ms, session.since_ms = 0, session.since_ms + EVERY_MS
        if rng.random() < _AD_CHANCE:
            begin_ms = int(_LATEST_AD_MS * rng.random())
            played_ms = self._ads.offer(
                watching(session.creator, session.viewer), time_ms + begin_ms, session.text
            )
            if played_ms is not None:
                session.ad_ms, session.since_ms = played_ms, EVERY_MS - begin_ms - played_ms
