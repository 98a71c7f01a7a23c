"""Levels that wander by themselves, for minutes, hours or days, and small crowds that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.proof.backtest.sums import DAY, HOUR, WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = 5
"""Minutes between two steps of a walk; between them it is a straight line."""


def wandering(rng: np.random.Generator, minutes: int, spreads: dict[float, float]) -> NDArray[np.float64]:
    """Factors around 1 by minute: the exponential of a sum of walks that are pulled back to 0.

    Each walk is an Ornstein-Uhlenbeck process in its stationary state.

    Args:
        rng: source of randomness, which is advanced.
        minutes: how many factors, one a minute.
        spreads: minutes until a walk has forgotten where it was -> standard deviation of the logarithm.
    """
    steps = minutes // _STEP + 2
    keep = np.exp(-_STEP / np.fromiter(spreads, float))
    sd = np.fromiter(spreads.values(), float)
    pushes = rng.standard_normal((steps, len(spreads))) * (sd * np.sqrt(1 - keep**2))
    state = rng.standard_normal(len(spreads)) * sd
    walked = np.empty(steps)
    for step, push in enumerate(pushes):
        state = keep * state + push
        walked[step] = state.sum()
    at = np.arange(minutes) / _STEP
    return np.exp(np.interp(at, np.arange(steps), walked))


def bumps(
    rng: np.random.Generator, minutes: int, *, a_week: float, lengths: tuple[int, int], most: float
) -> NDArray[np.float64]:
    """Factors by minute: 1, but for crowds (``most`` above 1) or dips (below 1) at random times.

    Args:
        rng: source of randomness, which is advanced.
        minutes: how many factors, one a minute.
        a_week: how many bumps come in a week.
        lengths: the shortest and the longest, in minutes.
        most: the factor of the strongest bump; each has 30 to 100 % of that.
    """
    factors = np.ones(minutes)
    for _ in range(rng.poisson(a_week * minutes / WEEK)):
        start, length = int(rng.integers(minutes)), int(rng.integers(lengths[0], lengths[1] + 1))
        strength = (most - 1) * rng.uniform(0.3, 1.0)
        shape = np.sin(np.linspace(0, np.pi, length + 2))[1:-1] ** 0.5
        end = min(minutes, start + length)
        factors[start:end] *= 1 + strength * shape[: end - start]
    return factors


def day_cycle(minutes: NDArray[np.int64], utc_offset: float, evening: float) -> NDArray[np.float64]:
    """Viewers by minute relative to their mean over a week: peak in the evening, trough in the morning.

    Saturday and Sunday have an eighth more, later in the evening. Their beginning and end are gradual, as
    people do not change at midnight.

    Args:
        minutes: times of the factors, since the epoch.
        utc_offset: hours by which clocks are ahead of UTC there.
        evening: strength of the day cycle; 1.0 is a ratio of peak to trough of about 4.4.
    """
    local = minutes + utc_offset * HOUR
    hour = local % DAY / HOUR
    # The epoch was a Thursday: Monday began three days before it, and four after.
    day = (local / DAY + 3) % 7
    weekend = np.clip(np.minimum(day - 4.7, 7.1 - day) / 0.3, 0, 1) + np.clip((0.1 - day) / 0.3, 0, 1)
    late = 0.7 * weekend
    cycle = (
        1
        + 0.55 * evening * np.cos(2 * np.pi * (hour - 21 - late) / 24)
        + 0.15 * evening * np.cos(2 * np.pi * (hour - 12.5 - late) / 12)
    )
    return np.maximum(cycle, 0.08) * (1 + 0.125 * np.minimum(weekend, 1.0))
