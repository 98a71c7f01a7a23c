"""Payouts: scheduled, handed to the provider, and paid about when they are due; a day is told as a minute."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.stream.generator.model import Actor
    from creator_pulse.stream.generator.outbox import Outbox
    from creator_pulse.stream.generator.population import Population

FAILED = 0.02
_TOOLS = ("gift", "gift", "gift", "ad", "reward", "deal", "commerce", "commerce")
_AMOUNT_USD, _AMOUNT_SIGMA = 60, 1.2
_MINUTE_MS = 60_000
_LATE_MS, _LATE_SIGMA = 5_000, 1.0
"""Median and spread of what passes between due and paid: two hours at a minute a day."""
_AGAIN_MS = 60_000
_PROVIDERS = ("bank", "bank", "paypal")
_FAILURES = ("account_closed", "provider_down", "name_mismatch")


class PayoutTraffic:
    """Makes payouts, one with all its events at a time.

    Args:
        rng: source of randomness.
        population: who is paid.
        outbox: where events go.
    """

    def __init__(self, rng: Random, population: Population, outbox: Outbox) -> None:
        self._rng, self._population, self._outbox = rng, population, outbox

    def schedule(self, time_ms: float) -> None:
        """One payout; where it fails, a second attempt gets through.

        Args:
            time_ms: when it is scheduled.
        """
        rng = self._rng
        actor = self._population.owner()
        usd = rng.lognormvariate(math.log(_AMOUNT_USD), _AMOUNT_SIGMA)
        due_ms = int(time_ms + rng.uniform(1, 5) * _MINUTE_MS)
        common = (
            f',"payout_id":"y{self._outbox.count:x}","tool":"{rng.choice(_TOOLS)}",'
            f'"amount_micros":{int(usd * 1e12 / actor.place.usd_micros)},"currency":"{actor.place.currency}",'
            f'"due_time":{due_ms},"provider":"{rng.choice(_PROVIDERS)}"'
        )
        self._tell(actor, "scheduled", time_ms, common)
        paid_ms = due_ms + max(1_500.0, rng.lognormvariate(math.log(_LATE_MS), _LATE_SIGMA))
        attempt = 1
        self._tell(actor, "initiated", due_ms - 5_000, f'{common},"attempt":{attempt}')
        if rng.random() < FAILED:
            code = rng.choice(_FAILURES)
            self._tell(actor, "failed", paid_ms, f'{common},"attempt":{attempt},"failure_code":"{code}"')
            attempt, paid_ms = 2, paid_ms + 2 * _AGAIN_MS
            self._tell(actor, "initiated", paid_ms - _AGAIN_MS, f'{common},"attempt":{attempt}')
        own = f'{common},"attempt":{attempt},"paid_time":{int(paid_ms)}'
        self._tell(actor, "paid", paid_ms, own)

    def _tell(self, actor: Actor, outcome: str, time_ms: float, own: str) -> None:
        self._outbox.put("payout", actor, f"payout_{outcome}", time_ms, own, ordered=True)
