"""Counts of a platform for judging evidence: day, week, growth, wander, dips, bursts.

``python -m tests.support.evidence_world`` prints the tables of ``docs/alerting.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MINUTE_MS, DAY_MS, WEEK_MS = 60_000, 86_400_000, 604_800_000
WANDERS = ((900_000, 0.03), (3 * 3_600_000, 0.04), (2 * DAY_MS, 0.04))
"""How long a wandering level remembers, ms, and how far it strays: 6.4 % together."""
DIPS = ((WEEK_MS, 600_000, 0.2), (4 * WEEK_MS, 240_000, 0.35))
"""What happens by itself: how often, for how long, and what part is missing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of series.

    Attributes:
        rate: counts a minute, on average.
        phi: variance by mean; 1 is Poisson.
        wander: whether its level wanders.
        dips: whether it dips by itself now and then.
        growth: by week.
    """

    rate: float
    phi: float
    wander: bool = True
    dips: bool = True
    growth: float = 0.05


class World:
    """Series of cases, slot by slot.

    Args:
        cases: one for each series.
        seed: of everything.
        step_ms: length of a slot.
    """

    def __init__(self, cases: list[Case], seed: int, step_ms: int) -> None:
        self._cases, self._step = cases, step_ms
        self._random = np.random.default_rng(seed)
        self._rate = np.array([case.rate for case in cases]) * step_ms / MINUTE_MS
        self._phi = np.array([case.phi for case in cases])
        self._growth = np.array([case.growth for case in cases])
        self._wander = np.array([case.wander for case in cases], np.float64)
        self._dips = np.array([case.dips for case in cases])
        self._levels = [self._random.normal(0, spread, len(cases)) for _, spread in WANDERS]
        self._dip_until = np.zeros((len(DIPS), len(cases)))

    def level(self, time_ms: int) -> Floats:
        """The mean of the slot that begins at a time, which must be the next one."""
        day, week = time_ms / DAY_MS, time_ms / WEEK_MS
        weekend = 1.2 if int(day) % 7 in {5, 6} else 1.0
        cycle = 1 + 0.5 * np.cos(2 * np.pi * (day - 0.8))
        count = len(self._cases)
        for place, (memory, spread) in enumerate(WANDERS):
            stays = np.exp(-self._step / memory)
            shock = self._random.normal(0, spread * np.sqrt(1 - stays * stays), count)
            self._levels[place] = stays * self._levels[place] + shock
        wander = np.exp(self._wander * sum(self._levels))
        left = np.ones(count)
        for place, (often, lasts, part) in enumerate(DIPS):
            begins = self._dips & (self._random.random(count) < self._step / often)
            self._dip_until[place] = np.where(begins, time_ms + lasts, self._dip_until[place])
            left *= np.where(self._dip_until[place] > time_ms, 1 - part, 1.0)
        mean: Floats = self._rate * cycle * weekend * (1 + self._growth) ** week * wander * left
        return mean

    def counts(self, mean: Floats) -> Ints:
        """Counts with a mean: Poisson, or negative binomial with the variance ``phi`` times the mean."""
        excess = np.maximum(self._phi - 1, 1e-9)
        bursts = self._random.gamma(np.maximum(mean, 1e-9) / excess, excess)
        return self._random.poisson(np.where(self._phi > 1, bursts, mean))
