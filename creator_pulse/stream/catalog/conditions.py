"""When a guardrail fires: fixed bounds, and bounds that move with the usual hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """A fixed bound: fires when ``series op bound``."""

    op: Literal["<", ">", "=="]
    bound: float


@dataclass(frozen=True, slots=True)
class Outside:
    """A band around the baseline B*: fires when ``series < low * B*`` or ``series > high * B*``."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Against:
    """A bound relative to the baseline B* (median of the same hour of the week over four weeks,
    corrected for growth): fires when ``series op factor * B*``.

    Attributes:
        op: comparison.
        factor: multiplies B*.
        floor: absolute bound that holds until there is history; None: silent until then.
        least: bound that must be crossed besides: "over max(3 x B*, 0.5 %)".
    """  # noqa: D205 - the first sentence needs its formula

    op: Literal["<", ">"]
    factor: float
    floor: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """A fixed band: fires when ``series < low`` or ``series > high``."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Apart:
    """A distance from the baseline, in the series' own unit (0.05 of a ratio: 5 percentage points).

    Fires when ``series < B - below`` or ``series > B + above``.

    Attributes:
        below: None: falling is no fault.
        above: None: rising is no fault.
    """

    below: float | None = None
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """A distance from the baseline in standard deviations of the same hour of the last four weeks.

    Fires when ``series > B + times * sigma``. One week of history has no deviation: then B itself.
    """

    times: float


Condition = Limit | Range | Against | Outside | Apart | Deviation


def needs_history(condition: Condition) -> bool:
    """Whether a condition compares with the usual hour."""
    return isinstance(condition, Against | Outside | Apart | Deviation)
