"""Brand deals: from the invitation through review to payment, in the days of the world.

The events of one deal are in order in the log, because one system writes them.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from creator_pulse.stream.generator.event_maker import EventMaker, Setting

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Actor
    from creator_pulse.stream.generator.send_queue import SendQueue

EXPIRED, DECLINED = 0.25, 0.2
CANCELLED = 0.03
"""Probability that a deal is cancelled, once after the agreement and once after the approval."""
CHANGES = 0.25
LABELLED = 0.9995
_DEEMED = 0.03
# Median value of a deal with a creator of fewer followers than this, where a thousand ads cost 6 USD.
_VALUES_USD = ((10_000, 15.0), (50_000, 60.0), (1_000_000, 400.0), (math.inf, 1_800.0))
_VALUE_CPM_USD, _VALUE_SIGMA = 6.0, 0.5
VIEWS_CPM_USD, VIEWS_SIGMA = 15.0, 0.8
"""Median and sigma of what 1,000 views of a deal's video cost where 1,000 ads cost ``_VALUE_CPM_USD``."""
ADVERTISERS = 90
BRANDS = 5
"""Of the advertisers, with how many a creator works, so that some come back."""
_EXPIRY_DAYS = 7
_REVIEW_DAYS = 14
_LEAST_DAYS = 0.5
_APPROVERS = ("advertiser", "advertiser", "advertiser", "advertiser", "platform")


class DealTraffic(EventMaker):
    """Makes deals, each with all its events.

    The first one of a run is paid in the end, so that each state is there soon however few deals there are.

    Args:
        setting: what all makers share.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._is_first = True

    def invite(self, time_ms: float) -> None:
        """One deal: declined, expired, cancelled, or paid in the end.

        Args:
            time_ms: virtual time of the invitation.
        """
        rng = self._rng
        actor = self._population.owner()
        median = next(usd for end, usd in _VALUES_USD if actor.creator.followers < end)
        usd = rng.lognormvariate(math.log(median), _VALUE_SIGMA) * actor.market.cpm_usd / _VALUE_CPM_USD
        micros = int(usd * 1e12 / actor.market.usd_micros)
        story = _Story(rng, self._queue, actor, time_ms, micros, self._world.day_ms)
        story.tell("invited", 0)
        is_first, self._is_first = self._is_first, False
        roll = 1.0 if is_first else rng.random()
        if roll < EXPIRED:
            story.tell("expired", _EXPIRY_DAYS)
        elif roll < EXPIRED + DECLINED:
            story.tell("declined", story.days(1))
        else:
            story.tell("agreed", story.days(1))
            self._make(story, smooth=is_first)

    def _make(self, story: _Story, *, smooth: bool) -> None:
        """Make all events after the agreement.

        Args:
            story: so far.
            smooth: whether nothing comes between, neither changes nor an end.
        """
        rng = self._rng
        if not smooth and rng.random() < CANCELLED:
            story.cancel(0.25)
            return
        story.tell("submitted", story.days(3))
        while not smooth and rng.random() < CHANGES:
            story.tell("changes_requested", story.days(1))
            story.tell("submitted", story.days(1))
        if not smooth and rng.random() < _DEEMED:
            story.tell("approved", _REVIEW_DAYS, ',"approved_by":"deemed"')
        else:
            story.tell("approved", story.days(1), f',"approved_by":"{rng.choice(_APPROVERS)}"')
        if not smooth and rng.random() < CANCELLED:
            story.cancel(1.0)
            return
        label = "true" if rng.random() < LABELLED else "false"
        story.tell("posted", story.days(1), f',"disclosure_label":{label}')
        story.tell("paid", story.days(4), f',"views":{story.views()}')


class _Story:
    """The events of one deal."""

    def __init__(
        self, rng: Random, queue: SendQueue, actor: Actor, time_ms: float, micros: int, day_ms: float
    ) -> None:
        self._rng, self._queue, self._actor = rng, queue, actor
        self._time_ms, self._micros, self._day_ms = time_ms, micros, day_ms
        # A creator's brands follow one another, from a place that is the creator's own.
        brand = (crc32(actor.creator.key) + rng.randrange(ADVERTISERS) % BRANDS) % ADVERTISERS
        self._common = (
            f',"deal_id":"d{queue.count:x}","advertiser_id":"a{brand}",'
            f'"value_micros":{micros},"currency":"{actor.market.currency}"'
        )

    def days(self, median: float) -> float:
        """A random duration in days, half a day or more."""
        return max(_LEAST_DAYS, self._rng.lognormvariate(math.log(median), 0.5))

    def views(self) -> int:
        """How often the video is seen until the deal is paid.

        It is drawn from a separate source, so that everything else in a seeded world stays the same.
        """
        market = self._actor.market
        usd = self._micros * market.usd_micros / 1e12
        cost = VIEWS_CPM_USD * market.cpm_usd / _VALUE_CPM_USD
        return round(1_000 * usd / cost * Random(self._common).lognormvariate(0, VIEWS_SIGMA))

    def tell(self, state: str, days: float, own: str = "") -> None:
        """Put the event of a new state, ``days`` after the last event."""
        self._time_ms += days * self._day_ms
        own = f"{self._common}{own}"
        self._queue.put("deal", self._actor, f"deal_{state}", self._time_ms, own, ordered=True)

    def cancel(self, owed: float) -> None:
        """Cancel the deal, after which a share of the value is payable."""
        self.tell("cancelled", self.days(2), f',"payable_micros":{int(self._micros * owed)}')
