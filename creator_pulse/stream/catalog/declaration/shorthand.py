"""Values in one line each: most are one measure, or one measure by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.declare import Ratio, Sum, Value
from creator_pulse.stream.catalog.declaration.quantiles import APP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates import Flagged

Terms = str | dict[str, int]
"""One measure, or measures with weights."""
PLACE = ("app", "region")
USUAL = "the usual for this hour of the week"
"""How descriptions of alerts name the value that a moving condition compares with."""


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


def flagged(name: str, rule: Flagged, window: str, text: str) -> Value:
    """How many identities meet a rule, or which share of them.

    Args:
        name: family name without ``pulse_``.
        rule: conditions that an identity must meet together.
        window: one label.
        text: who is counted, for the catalogue page.
    """
    unit = "percentunit" if rule.share else "short"
    return Value(name, rule, unit, (window,), text, APP)
