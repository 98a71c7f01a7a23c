"""Values in one line each: most are one measure, or one measure by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.declare import Ratio, Sum, Value
from creator_pulse.stream.catalog.declaration.quantiles import APP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates import Aggregate, Flagged

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
    title: str = "",
) -> Value:
    """A sum.

    Args:
        name: family name without ``pulse_``.
        terms: id of a measure, or ids with their weights, for example ``{"earned": 1, "reversed": -1}``.
        windows: labels, with spaces between them.
        text: the help text, without a full stop.
        unit: Grafana's id, for example ``short``, ``currencyUSD``, ``percentunit``.
        labels: names; each measure must have them.
        fixed: labels with one value for the whole series, for example ``{"tool": "gift"}``.
        title: what legends call it; empty: its name in words.
    """
    return Value(name, _sum(terms), unit, tuple(windows.split()), text, labels, fixed or {}, title)


def usd(
    name: str,
    terms: Terms,
    windows: str,
    text: str,
    *,
    fixed: Mapping[str, str] | None = None,
    title: str = "",
) -> Value:
    """A sum of money; the arguments are those of ``total``."""
    return total(name, terms, windows, text, unit="currencyUSD", fixed=fixed, title=title)


def share(
    name: str,
    parts: tuple[Terms, Terms],
    windows: str,
    text: str,
    *,
    unit: str = "percentunit",
    factor: int = 1,
    labels: tuple[str, ...] = PLACE,
    flow: bool = False,
    title: str = "",
) -> Value:
    """Sum over sum, kept within 0 and 1 if it is shown in per cent and no ratio of flows.

    Args:
        name: family name without ``pulse_``.
        parts: numerator and denominator; both must be declared as values, with these windows.
        windows: labels, with spaces between them.
        text: the help text, without a full stop.
        unit: Grafana's id, for example ``short``, ``currencyUSD``, ``percentunit``.
        factor: multiplies the quotient, for example 1000 for a price per thousand.
        labels: names; each measure must have them.
        flow: whether the numerator is no part of the denominator: then the share may pass 1 or be < 0.
        title: what legends call it; empty: its name in words.
    """
    ratio = Ratio(_sum(parts[0]), _sum(parts[1]), factor, bounded=unit == "percentunit" and not flow)
    return Value(name, ratio, unit, tuple(windows.split()), text, labels, title=title)


def _sum(terms: Terms) -> Sum:
    return Sum({terms: 1} if isinstance(terms, str) else terms)


def over(
    name: str,
    aggregate: Aggregate,
    windows: str,
    text: str,
    *,
    unit: str = "short",
    labels: tuple[str, ...] = APP,
    fixed: Mapping[str, str] | None = None,
    title: str = "",
) -> Value:
    """A value over identities or sizes, which do not add up over regions.

    For example ``over("gifters", Number(GIVEN), "1h", "viewers who gave coins")``.

    Args:
        name: family name without ``pulse_``.
        aggregate: how it is made.
        windows: labels, with spaces between them.
        text: the help text, without a full stop.
        unit: Grafana's id, for example ``percentunit`` for a share.
        labels: names; ``rank`` last if the aggregate makes ranks.
        fixed: labels with one value for the whole series.
        title: what legends call it; empty: its name in words.
    """
    return Value(name, aggregate, unit, tuple(windows.split()), text, labels, fixed or {}, title)


def flagged(name: str, rule: Flagged, window: str, text: str, *, title: str = "") -> Value:
    """The number of identities that meet a rule, or their share.

    Args:
        name: family name without ``pulse_``.
        rule: conditions that an identity must meet together.
        window: label of the only window, for example ``24h``.
        text: who is counted, for the catalogue page.
        title: what legends call them; empty: the name in words.
    """
    return over(name, rule, window, text, unit="percentunit" if rule.share else "short", title=title)
