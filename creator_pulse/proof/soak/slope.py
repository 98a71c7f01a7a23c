"""A straight line through a series: its growth, and the standard error of that growth."""

from __future__ import annotations

from math import sqrt
from statistics import fmean, linear_regression
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOUR = 3600.0
# Points that a line and its error need.
_LEAST = 3


class Slope(NamedTuple):
    """Growth by least squares.

    Attributes:
        per_hour: units of the series an hour.
        error: standard error of ``per_hour`` if the points scatter independently of each other.
    """

    per_hour: float
    error: float


def slope(seconds: Sequence[float], values: Sequence[float]) -> Slope:
    """Fit a line. For example, ``slope([0, 10, 20], [5, 7, 9])`` grows by 720 an hour, without error.

    Args:
        seconds: time of each value, rising.
        values: one value for each time.

    Raises:
        ValueError: fewer than three points.
    """
    count = len(seconds)
    if count < _LEAST:
        raise ValueError(f"{count} points are too few for a slope")
    line = linear_regression(seconds, values)
    # Standard error: residual variance with n - 2 degrees of freedom, over the spread of the times.
    rest = sum((y - line.intercept - line.slope * x) ** 2 for x, y in zip(seconds, values, strict=True))
    middle = fmean(seconds)
    spread = sum((x - middle) ** 2 for x in seconds)
    return Slope(line.slope * _HOUR, sqrt(rest / (count - 2) / spread) * _HOUR)
