"""Rewards: views of videos that pay, and rare reversals."""

from __future__ import annotations

import math

from creator_pulse.stream.generator.event_maker import EventMaker

VIEWS, VIEWS_SIGMA = 2_000, 1.5
RPM_USD, RPM_SIGMA = 0.6, 0.4
"""Median and sigma of the USD that 1,000 qualified views earn where 1,000 ads cost ``RPM_CPM_USD``."""
RPM_CPM_USD = 6.0
QUALIFIED = 0.55
"""Mean share of the views that pay."""
_BONUS = 0.1
_REVERSED = 0.005


class RewardTraffic(EventMaker):
    """Makes rewards, one per video at a time."""

    def accrue(self, time_ms: float) -> None:
        """The reward of a video since its last record, which is sometimes reversed.

        Args:
            time_ms: virtual time of the record.
        """
        rng = self._rng
        actor = self._population.rewarded()
        views = int(rng.lognormvariate(math.log(VIEWS), VIEWS_SIGMA))
        qualified = int(views * rng.uniform(QUALIFIED - 0.15, QUALIFIED + 0.15))
        usd = rng.lognormvariate(math.log(RPM_USD), RPM_SIGMA) * actor.market.cpm_usd / RPM_CPM_USD
        rpm = int(usd * 1e12 / actor.market.usd_micros)
        earned = qualified * rpm // 1_000
        bonus = f',"bonus_micros":{earned // 20}' if rng.random() < _BONUS else ""
        video = f',"video_id":"x{actor.creator.key.decode()}-{rng.randrange(20)}"'
        money = f',"currency":"{actor.market.currency}"'
        event_ms = self._queue.put(
            "reward",
            actor,
            "reward_accrued",
            time_ms,
            f'{video},"views":{views},"qualified_views":{qualified},"rpm_micros":{rpm}{money}{bonus}',
        )
        if rng.random() < _REVERSED:
            at_ms, original = self._reference(time_ms, event_ms, 20)
            own = (
                f'{video},"reward_micros":{earned}{money},"reason":"artificial_views",'
                f'"original_event_time":{original}'
            )
            self._queue.put("reward", actor, "reward_reversed", at_ms, own)
