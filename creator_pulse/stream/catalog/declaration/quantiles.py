"""Values over how large records are: medians and tails, which a mean hides.

A quantile has its name (``_p95``) and no label ``quantile``: one alert watches one series, and no sum or
mean over a label can mix p50 with p99. It is of all regions of an app together: quantiles do not add up.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Quantile, QuantileOf
from creator_pulse.stream.catalog.declaration.declare import Value

APP = ("app",)

# Integers, so that the place of a quantile is exact.
PERMILLE = {"p5": 50, "p10": 100, "p50": 500, "p90": 900, "p95": 950, "p99": 990}
"""Name of a quantile -> its place."""


def sizes(
    name: str,
    measure: str,
    windows: tuple[str, ...],
    unit: str,
    text: str,
    which: str,
    scale: int = 1,
    *,
    title: str = "",
) -> tuple[Value, ...]:
    """Quantiles over records.

    Args:
        name: family name without ``pulse_``, with ``{}`` for the quantile's name.
        measure: id of a measure with the label ``bucket``.
        windows: labels of the windows, for example ``("1h",)``.
        unit: Grafana's id, for example ``currencyUSD`` or ``s``.
        text: the size of a record in words, for example ``the value of an order``.
        which: names of quantiles, with spaces between them.
        scale: shown value = size / scale.
        title: what boards call it, without the quantile; empty: its name in words.
    """
    return tuple(
        Value(
            name.format(quantile),
            Quantile(measure, PERMILLE[quantile], scale),
            unit,
            windows,
            f"{quantile} of {text}, within 2 %",
            APP,
            title=_title(title, quantile),
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
    *,
    title: str = "",
) -> tuple[Value, ...]:
    """Quantiles over identities, exact.

    Args:
        name: family name without ``pulse_``, with ``{}`` for the quantile's name.
        each: the figure, and which identities have one.
        windows: labels of the windows, for example ``("1h",)``.
        unit: Grafana's id, for example ``currencyUSD`` or ``s``.
        text: the figure in words, for example ``the coins that a gifter gave``.
        which: names of quantiles, with spaces between them.
        labels: names of the value's labels.
        title: what boards call it, without the quantile; empty: its name in words.
    """
    return tuple(
        Value(
            name.format(quantile),
            QuantileOf(each, PERMILLE[quantile]),
            unit,
            windows,
            f"{quantile} of {text}",
            labels,
            title=_title(title, quantile),
        )
        for quantile in which.split()
    )


def _title(title: str, quantile: str) -> str:
    return f"{title} {quantile}" if title else ""
