"""Values in one line each: most are one measure, or one measure by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declare import Ratio, Sum, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

Terms = str | dict[str, int]
"""One measure, or measures with weights."""
PLACE = ("app", "region")


def total(
    name: str,
    terms: Terms,
    windows: str,
    text: str,
    *,
    unit: str = "short",
    labels: tuple[str, ...] = PLACE,
    fixed: Mapping[str, str] | None = None,
) -> Value:
    """A sum.

    Args:
        name: family name without ``pulse_``.
        terms: what is summed.
        windows: labels, with spaces between them.
        text: what it is.
        unit: Grafana's.
        labels: names.
        fixed: labels with one value.
    """
    return Value(name, _sum(terms), unit, tuple(windows.split()), text, labels, fixed or {})


def usd(name: str, terms: Terms, windows: str, text: str, *, fixed: Mapping[str, str] | None = None) -> Value:
    """A sum of money; the arguments are those of ``total``."""
    return total(name, terms, windows, text, unit="currencyUSD", fixed=fixed)


def share(
    name: str,
    parts: tuple[Terms, Terms],
    windows: str,
    text: str,
    *,
    unit: str = "percentunit",
    factor: int = 1,
    labels: tuple[str, ...] = PLACE,
) -> Value:
    """Sum over sum.

    Args:
        name: family name without ``pulse_``.
        parts: numerator and denominator; each must be a value of its own, with these windows.
        windows: labels, with spaces between them.
        text: what it is.
        unit: Grafana's.
        factor: multiplies the quotient.
        labels: names.
    """
    ratio = Ratio(_sum(parts[0]), _sum(parts[1]), factor)
    return Value(name, ratio, unit, tuple(windows.split()), text, labels)


def _sum(terms: Terms) -> Sum:
    return Sum({terms: 1} if isinstance(terms, str) else terms)
