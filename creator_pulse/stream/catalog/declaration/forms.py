"""How a metric is drawn: its form, which of its values share a panel, and the names people read.

A form says what a reader asks of the numbers: a *trend* is compared with its own past, a *share* with its
bound, a *stock* (an age, a liability) is judged as it stands, a *distribution* shows median and tails as a
band, a *ranking* is a table with shares, a *funnel* steps, and a *state* is a word over time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from creator_pulse.stream.aggregates import RANK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.declare import Form, Metric, Value

_SHARE: Final = "share"
_STEP, _MOST = "step", 8
# The last word of a name says its unit, which the axis says already.
UNIT_WORDS = ("usd", "ratio", "count", "seconds", "coins")
_WORDS: Mapping[str, str] = {
    "1000": "1,000",
    "cpm": "CPM",
    "ecpm": "eCPM",
    "gini": "Gini",
    "gmv": "GMV",
    "q25": "25 %",
    "q50": "50 %",
    "q75": "75 %",
    "q100": "100 %",
    "2s": "2 s",
    "6s": "6 s",
    "rpm": "RPM",
    "usd": "USD",
}
_QUANTILE = re.compile(r"_(p\d+)(?:_|$)")


def quantity(value: Value) -> str:
    """The quantity that a value counts; all values of an axis have the same one.

    Finer than Grafana's unit: ``short`` holds coins and viewers, and dollars are not dollars per thousand
    hours. For example ``share``, ``currencyUSD``, ``coins``, ``number``, ``currencyUSD per 1000 hours``.
    """
    if value.unit == "percentunit":
        return _SHARE
    _, per, what = value.name.partition("_per_")
    if per:
        return f"{value.unit} per {what}"
    if value.formula.quotient and value.unit != "s":
        # A quotient is in a unit of its own: views per viewer are no number of views.
        return value.name
    if value.unit != "short":
        return value.unit
    return "coins" if value.name.endswith("_coins") else "number"


def quantile(value: Value) -> str:
    """The name of the quantile that a value is, for example ``p95``; empty if it is none."""
    match = _QUANTILE.search(value.name)
    return match[1] if match and value.formula.quantile else ""


def short_name(value: Value) -> str:
    """The name of a value in a legend: its title, else its name in words, without the unit."""
    if value.title:
        return value.title
    words = value.name.split("_")
    if len(words) > 1 and words[-1] in UNIT_WORDS:
        words.pop()
    text = " ".join(_WORDS.get(word, word) for word in words)
    return text[:1].upper() + text[1:]


def headline(metric: Metric) -> Value:
    """The value that answers the question: of a metric in shares the first share, else the first declared."""
    if metric.shows:
        return next(value for value in metric.values if value.name == metric.shows[0])
    shares = [value for value in metric.values if quantity(value) == _SHARE]
    return shares[0] if metric.unit == "ratio" and shares else metric.values[0]


def shown(metric: Metric) -> tuple[str, ...]:
    """The names of the values that share the metric's panel: those declared, else the headline's kind.

    Each has the headline's quantity and labels; quantiles stand beside quantiles only.
    """
    if metric.shows or not metric.values:
        return metric.shows
    first = headline(metric)
    alike = (value.name for value in metric.values if _kind(value) == _kind(first))
    return tuple(dict.fromkeys(alike))[:_MOST]


def _kind(value: Value) -> tuple[object, ...]:
    return quantity(value), bool(quantile(value)), sorted({*value.labels, *value.fixed})


def form_of(metric: Metric) -> Form:
    """The declared form, else the one that follows from the values that the metric shows."""
    if metric.form is not None:
        return metric.form
    if not metric.values:
        return _SHARE if "_ratio:" in tuple(metric.recorded)[-1] else "stock"
    first = headline(metric)
    if RANK in first.labels:
        return "ranking"
    if _STEP in first.fixed:
        return "funnel"
    if quantile(first):
        return "distribution"
    return _SHARE if quantity(first) == _SHARE else "trend"
