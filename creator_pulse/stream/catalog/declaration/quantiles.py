"""Values over how large records are: medians and tails, which a mean hides.

A quantile has its name (``_p95``) and no label ``quantile``: one alert watches one series, and no sum or
mean over a label can mix p50 with p99. It is of all regions of an app together: quantiles do not add up.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Quantile, QuantileOf
from creator_pulse.stream.catalog.declaration.declare import Value

APP = ("app",)

PERMILLE = {"p5": 50, "p50": 500, "p90": 900, "p95": 950, "p99": 990}
"""Name of a quantile -> its place."""


def sizes(
    name: str, measure: str, windows: tuple[str, ...], unit: str, text: str, which: str, scale: int = 1
) -> tuple[Value, ...]:
    """Quantiles over records.

    Args:
        name: family name without ``pulse_``, with ``{}`` for the quantile's name.
        measure: counts by size.
        windows: labels.
        unit: Grafana's.
        text: what a record's size is.
        which: names of quantiles, with spaces between them.
        scale: shown value = size / scale.
    """
    return tuple(
        Value(
            name.format(quantile),
            Quantile(measure, PERMILLE[quantile], scale),
            unit,
            windows,
            f"{quantile} of {text}, within 2 %",
            APP,
        )
        for quantile in which.split()
    )


def figures(
    name: str,
    each: Each,
    windows: tuple[str, ...],
    unit: str,
    text: str,
    which: str,
    labels: tuple[str, ...] = APP,
) -> tuple[Value, ...]:
    """Quantiles over identities, exact.

    Args:
        name: family name without ``pulse_``, with ``{}`` for the quantile's name.
        each: figure of an identity.
        windows: labels.
        unit: Grafana's.
        text: what the figure is.
        which: names of quantiles, with spaces between them.
        labels: names.
    """
    return tuple(
        Value(
            name.format(quantile),
            QuantileOf(each, PERMILLE[quantile]),
            unit,
            windows,
            f"{quantile} of {text}",
            labels,
        )
        for quantile in which.split()
    )
