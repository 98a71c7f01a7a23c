"""Brand deals: from the invitation through review to payment, a day told as 20 s.

What happens to one deal stays in its order in the log, as one system writes it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Actor
    from creator_pulse.stream.generator.outbox import Outbox
    from creator_pulse.stream.generator.population import Population

EXPIRED, DECLINED = 0.25, 0.2
CANCELLED = 0.03
"""Chance that a deal is called off, once agreed and once approved."""
CHANGES = 0.25
LABELLED = 0.9995
_DEEMED = 0.03
_VALUE_USD, _VALUE_SIGMA = 400, 1.0
_DAY_MS = 20_000
_EXPIRY_DAYS = 7
_REVIEW_DAYS = 14
_LEAST_DAYS = 0.5
_APPROVERS = ("advertiser", "advertiser", "advertiser", "advertiser", "platform")


class DealTraffic:
    """Makes deals, one with all its events at a time.

    Args:
        rng: source of randomness.
        population: who is asked.
        outbox: where events go.
    """

    def __init__(self, rng: Random, population: Population, outbox: Outbox) -> None:
        self._rng, self._population, self._outbox = rng, population, outbox

    def invite(self, time_ms: float) -> None:
        """One deal: declined, expired, cancelled, or paid in the end.

        Args:
            time_ms: of the invitation.
        """
        rng = self._rng
        actor = self._population.owner()
        usd = rng.lognormvariate(math.log(_VALUE_USD), _VALUE_SIGMA)
        story = _Story(rng, self._outbox, actor, time_ms, int(usd * 1e12 / actor.place.usd_micros))
        story.tell("invited", 0)
        roll = rng.random()
        if roll < EXPIRED:
            story.tell("expired", _EXPIRY_DAYS)
        elif roll < EXPIRED + DECLINED:
            story.tell("declined", story.days(1))
        else:
            story.tell("agreed", story.days(1))
            self._make(story)

    def _make(self, story: _Story) -> None:
        """From the agreement on."""
        rng = self._rng
        if rng.random() < CANCELLED:
            story.cancel(0.25)
            return
        story.tell("submitted", story.days(3))
        while rng.random() < CHANGES:
            story.tell("changes_requested", story.days(1))
            story.tell("submitted", story.days(1))
        if rng.random() < _DEEMED:
            story.tell("approved", _REVIEW_DAYS, ',"approved_by":"deemed"')
        else:
            story.tell("approved", story.days(1), f',"approved_by":"{rng.choice(_APPROVERS)}"')
        if rng.random() < CANCELLED:
            story.cancel(1.0)
            return
        label = "true" if rng.random() < LABELLED else "false"
        story.tell("posted", story.days(1), f',"disclosure_label":{label}')
        story.tell("paid", story.days(4))


class _Story:
    """What happens to one deal, event after event."""

    def __init__(self, rng: Random, outbox: Outbox, actor: Actor, time_ms: float, micros: int) -> None:
        self._rng, self._outbox, self._actor = rng, outbox, actor
        self._time_ms, self._micros = time_ms, micros
        self._common = (
            f',"deal_id":"d{outbox.count:x}","advertiser_id":"a{rng.randrange(90)}",'
            f'"value_micros":{micros},"currency":"{actor.place.currency}"'
        )

    def days(self, median: float) -> float:
        """How long something takes."""
        return max(_LEAST_DAYS, self._rng.lognormvariate(math.log(median), 0.5))

    def tell(self, state: str, days: float, own: str = "") -> None:
        """The deal comes into a state so many days after the last."""
        self._time_ms += days * _DAY_MS
        own = f"{self._common}{own}"
        self._outbox.put("deal", self._actor, f"deal_{state}", self._time_ms, own, ordered=True)

    def cancel(self, owed: float) -> None:
        """The deal is called off, and a share of its value is owed."""
        self.tell("cancelled", self.days(2), f',"payable_micros":{int(self._micros * owed)}')
