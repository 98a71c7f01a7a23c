"""The topics with few records: rewards, deals, payouts, content and top-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.generator.content_traffic import EVERY_MS, ContentTraffic
from creator_pulse.stream.generator.deal_traffic import DealTraffic
from creator_pulse.stream.generator.payout_traffic import PayoutTraffic
from creator_pulse.stream.generator.reward_traffic import RewardTraffic
from creator_pulse.stream.generator.wallet_traffic import WalletTraffic

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from creator_pulse.stream.generator.population import Population
    from creator_pulse.stream.generator.send_queue import SendQueue

REWARDS, _DEALS, _PAYOUTS, _VIDEOS, _ENROLMENTS, _TOPUPS = 0.008, 0.0015, 0.0025, 0.004, 0.003, 0.008
# All per record of the whole traffic; with their later events they make one record in eighteen.
_ROOM_READINGS = 0.01


class QuietTraffic:
    """Spreads a small part of the rate over these topics, slice by slice.

    Args:
        rng: source of all randomness.
        population: the creators and viewers that events are about.
        queue: takes all events made.
    """

    def __init__(self, rng: Random, population: Population, queue: SendQueue) -> None:
        self._rng = rng
        self._content = ContentTraffic(rng, population, queue)
        self._makers: tuple[tuple[float, Callable[[float], None]], ...] = (
            (REWARDS, RewardTraffic(rng, population, queue).accrue),
            (_DEALS, DealTraffic(rng, population, queue).invite),
            (_PAYOUTS, PayoutTraffic(rng, population, queue).schedule),
            (_VIDEOS, self._content.post),
            (_ENROLMENTS, self._content.enrol),
            (_TOPUPS, WalletTraffic(rng, population, queue).buy),
        )
        # Starts at a random fraction, so that the topics' first events do not coincide.
        self._owed = [rng.random() for _ in self._makers]

    def run(self, from_ms: float, until_ms: float, rate: float) -> None:
        """Make the events that begin in a slice of time.

        Args:
            from_ms: start of the slice, virtual time.
            until_ms: end of the slice, virtual time.
            rate: current rate, records per second, all topics together.
        """
        length_ms = until_ms - from_ms
        self._content.run(from_ms, until_ms, max(1, round(rate * _ROOM_READINGS * EVERY_MS / 1000)))
        for number, (share, make) in enumerate(self._makers):
            self._owed[number] += rate * share * length_ms / 1000
            while self._owed[number] >= 1:
                self._owed[number] -= 1
                make(from_ms + length_ms * self._rng.random())
