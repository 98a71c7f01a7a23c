"""Rewards: views of videos that pay, and rare reversals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Actor
    from creator_pulse.stream.generator.outbox import Outbox
    from creator_pulse.stream.generator.population import Population

VIEWS, VIEWS_SIGMA = 2_000, 1.5
RPM_USD, RPM_SIGMA = 0.6, 0.4
"""Median and spread of what a thousand qualified views are worth."""
QUALIFIED = 0.55
"""Mean share of the views that pay."""
_BONUS = 0.1
_REVERSED = 0.005
_DAY_MS = 86_400_000


class RewardTraffic:
    """Makes rewards, one record of a video at a time.

    Args:
        rng: source of randomness.
        population: who earns.
        outbox: where events go.
    """

    def __init__(self, rng: Random, population: Population, outbox: Outbox) -> None:
        self._rng, self._population, self._outbox = rng, population, outbox

    def accrue(self, time_ms: float) -> None:
        """What a video earned since its last record, sometimes taken back later.

        Args:
            time_ms: of the record.
        """
        rng = self._rng
        actor = self._population.owner()
        views = int(rng.lognormvariate(math.log(VIEWS), VIEWS_SIGMA))
        qualified = int(views * rng.uniform(QUALIFIED - 0.15, QUALIFIED + 0.15))
        usd = rng.lognormvariate(math.log(RPM_USD), RPM_SIGMA)
        rpm = int(usd * 1e12 / actor.place.usd_micros)
        earned = qualified * rpm // 1_000
        bonus = f',"bonus_micros":{earned // 20}' if rng.random() < _BONUS else ""
        video = f',"video_id":"x{actor.creator.key.decode()}-{rng.randrange(20)}"'
        money = f',"currency":"{actor.place.currency}"'
        event_ms = self._outbox.put(
            "reward",
            actor,
            "reward_accrued",
            time_ms,
            f'{video},"views":{views},"qualified_views":{qualified},"rpm_micros":{rpm}{money}{bonus}',
        )
        if rng.random() < _REVERSED:
            own = f'{video},"reward_micros":{earned}{money},"reason":"artificial_views"'
            self._reverse(actor, time_ms, event_ms, own)

    def _reverse(self, actor: Actor, time_ms: float, event_ms: int, own: str) -> None:
        """Half of them a minute later, half at once with a reward some days old."""
        if self._rng.random() < 0.5:
            at_ms, original = time_ms + 60_000, event_ms
        else:
            at_ms, original = time_ms + 1_000, event_ms - self._rng.randrange(1, 20) * _DAY_MS
        own = f'{own},"original_event_time":{original}'
        self._outbox.put("reward", actor, "reward_reversed", at_ms, own)
