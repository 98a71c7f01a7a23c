"""Payouts: scheduled, handed to the provider, and paid about when due, in the days of the world."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.event_maker import EventMaker

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Actor

FAILED = 0.02
TOOLS = ("commerce",) * 10 + ("deal",) * 10 + ("gift",) * 5 + ("reward",) * 5 + ("ad",) * 2
"""In the proportion in which creators earn, in 32nds: else more is paid for a tool than it brings."""
_AMOUNT_USD, _AMOUNT_SIGMA = 100, 0.8
# A creator who is owed less is paid later, and nobody is paid more at a time.
_LEAST_USD, _MOST_USD = 50.0, 1_000.0
# Median and sigma of the time between due and paid: two hours.
_LATE_DAYS, _LATE_SIGMA = 2 / 24, 1.0
_LEAST_LATE_MS = 1_500.0
# To the provider, before it is due.
_HANDED_IN_MS = 5_000
_PROVIDERS = ("bank", "bank", "paypal")
_FAILURES = ("account_closed", "provider_down", "name_mismatch")


def mean_usd() -> float:
    """The mean of a payout: of a lognormal amount, cut below and above.

    Example:
        >>> round(mean_usd())
        140
    """
    middle, usual = math.log(_AMOUNT_USD), NormalDist()
    low, high = ((math.log(bound) - middle) / _AMOUNT_SIGMA for bound in (_LEAST_USD, _MOST_USD))
    # Of what lies between the bounds: the mean times the share that amounts have, which are a sigma larger.
    inside = usual.cdf(high - _AMOUNT_SIGMA) - usual.cdf(low - _AMOUNT_SIGMA)
    between = _AMOUNT_USD * math.exp(_AMOUNT_SIGMA**2 / 2) * inside
    return _LEAST_USD * usual.cdf(low) + between + _MOST_USD * (1 - usual.cdf(high))


class PayoutTraffic(EventMaker):
    """Makes payouts, each with all its events."""

    def schedule(self, time_ms: float) -> None:
        """One payout; if the first attempt fails, the second succeeds.

        Args:
            time_ms: virtual time at which it is scheduled.
        """
        rng = self._rng
        actor = self._population.payee()
        market, day_ms = actor.market, self._world.day_ms
        usd = min(_MOST_USD, max(_LEAST_USD, rng.lognormvariate(math.log(_AMOUNT_USD), _AMOUNT_SIGMA)))
        due_ms = int(time_ms + rng.uniform(1, 5) * day_ms)
        common = (
            f',"payout_id":"y{self._queue.count:x}","tool":"{rng.choice(TOOLS)}",'
            f'"amount_micros":{int(usd * 1e12 / market.usd_micros)},"currency":"{market.currency}",'
            f'"due_time":{due_ms},"provider":"{rng.choice(_PROVIDERS)}"'
        )
        self._tell(actor, "scheduled", time_ms, common)
        late_ms = day_ms * rng.lognormvariate(math.log(_LATE_DAYS), _LATE_SIGMA)
        paid_ms = due_ms + max(_LEAST_LATE_MS, late_ms)
        attempt = 1
        self._tell(actor, "initiated", due_ms - _HANDED_IN_MS, f'{common},"attempt":{attempt}')
        if rng.random() < FAILED:
            code = rng.choice(_FAILURES)
            self._tell(actor, "failed", paid_ms, f'{common},"attempt":{attempt},"failure_code":"{code}"')
            attempt, paid_ms = 2, paid_ms + 2 * day_ms
            self._tell(actor, "initiated", paid_ms - day_ms, f'{common},"attempt":{attempt}')
        own = f'{common},"attempt":{attempt},"paid_time":{int(paid_ms)}'
        self._tell(actor, "paid", paid_ms, own)

    def _tell(self, actor: Actor, outcome: str, time_ms: float, own: str) -> None:
        self._queue.put("payout", actor, f"payout_{outcome}", time_ms, own, ordered=True)
