"""The words of a declaration: measure, value, metric, guardrail, window.

A *measure* is an integer sum over the rows of one event type of one topic. A *value* is a
formula over measures, computed per window and label set. A *metric* groups the values that answer
one question, with its guardrails. Sums stay integers in the smallest unit; ``scale`` says by what
they are divided where they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import polars as pl

from creator_pulse.stream.aggregates import BUCKET, Ratio, Sum
from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.catalog.declaration.labels import IDENTITIES, MERGE_KEY
from creator_pulse.stream.catalog.declaration.windows import COHORT_MS, WINDOWS, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates import Aggregate
    from creator_pulse.stream.catalog.declaration.conditions import Condition
    from creator_pulse.stream.catalog.declaration.firsts import First

__all__ = [
    "COHORT_MS",
    "SIZED",
    "WINDOWS",
    "Form",
    "Guardrail",
    "Measure",
    "Metric",
    "Ratio",
    "Rows",
    "Severity",
    "Sum",
    "Tier",
    "Value",
    "Window",
]

Rows = Literal["accepted", "late", "every"]
Tier = Literal["north star", "core", "supporting", "guardrail", "pipeline"]
Severity = Literal["page", "ticket", "none"]
Hours = Literal["any", "day"]
Form = Literal["trend", "share", "stock", "distribution", "ranking", "funnel", "state"]
"""How a metric is drawn; ``forms`` says what each asks of the numbers."""
LARGEST_NARROW = 2**20
"""The most that a row may add to a sum by identity that has 64 bits."""
LARGEST_OF = {"gifts": 1, "timed_out": 1, "repeat_end": True}
"""Columns that are made, and hold no more; and those of yes or no."""
# A bound of 64-bit columns whose values the declaration does not limit; 2^23 rows of it fit 63 bits.
_ANY = 2**40
SIZED = ("app", BUCKET)
"""Labels of counts by size: quantiles do not add up, so they are of all regions of an app."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An integer sum over rows.

    For example ``Measure("orders", topic="purchase", event="order_completed", value=ONE, where=REAL_ORDER,
    help="...")``.

    Attributes:
        id: unique name.
        topic: input topic without prefix, or ``*`` for every one.
        event: event type, or ``*`` for every record of the topic; such a row has the columns
            ``topic``, ``outcome``, ``reason`` and ``key_known`` only.
        value: integer expression over the row's columns.
        where: rows that count; the others add 0 (they still mark the window as having records).
        labels: label names, columns of the row.
        fixed: labels with one value for the whole measure.
        scale: shown value = sum / scale.
        counter: Prometheus counter family that shows the running total, without ``pulse_``.
        rows: ``accepted`` (outcome *counted*, and booked streaks; late rows go to the late part of
            the same window), ``late`` (late rows only) or ``every`` record whatever its outcome.
        time: the time that chooses the pane: of the event, the watermark before the record, or (``original``)
            of the reversed event, if that lies up to ``COHORT_MS`` before the reversal; else of the event.
        bucket: an integer of the row, which chooses the value of a label ``bucket``, or is ``amount``.
        help: one phrase for the exposition and the catalogue.
        first: of which sums a merge lane makes it; None: source lanes sum it over rows.
    """

    id: str
    topic: str
    event: str
    value: pl.Expr
    help: str
    where: pl.Expr | None = None
    labels: tuple[str, ...] = ("app", "region")
    fixed: Mapping[str, str] = field(default_factory=dict)
    scale: int = 1
    counter: str | None = None
    rows: Rows = "accepted"
    time: Literal["event", "watermark", "original"] = "event"
    bucket: pl.Expr | None = None
    first: First | None = None

    @property
    def route(self) -> tuple[str, ...]:
        """The labels whose values choose the merge lane: what must meet, meets."""
        chosen = tuple(name for name in MERGE_KEY if name in self.labels)
        if chosen:
            return chosen
        return ("topic",) if "topic" in self.labels else self.labels

    @property
    def counted(self) -> pl.Expr:
        """The value of a row that counts, 0 for another."""
        return self.value if self.where is None else pl.when(self.where).then(self.value).otherwise(0)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of a row that it reads, besides its labels."""
        sizes = () if self.bucket is None else self.bucket.meta.root_names()
        return frozenset((*self.counted.meta.root_names(), *sizes))

    @property
    def limbs(self) -> int:
        """How many columns of 64 bits hold a sum, even of the largest values that the contract allows.

        One where a row adds at most ``LARGEST_NARROW``: 2^43 rows fit. Three where the value of a row is made
        in 128 bits: money times a rate. Two for all else: coins, durations, numbers of viewers.
        """
        if self.rows == "every":
            return 1  # a number of records
        # One row with the largest value of each column: the expression gives the most that a row adds.
        largest = {name: [LARGEST_OF.get(name, _ANY)] for name in self.value.meta.root_names()}
        values = pl.DataFrame(largest or {"": [0]}).select(self.value.alias("made")).to_series()
        if values.dtype == pl.Int128:
            return 3
        return 1 if values[0] <= LARGEST_NARROW else 2

    @property
    def hidden(self) -> tuple[str, ...]:
        """Labels that no series shows: identities, and sizes or their buckets.

        Such sums are never negative, and a row that adds 0 to one leaves no trace in it.
        """
        return tuple(name for name in self.labels if name in IDENTITIES or name in {BUCKET, AMOUNT})


@dataclass(frozen=True, slots=True)
class Value:
    """One number per window and label set; a gauge ``pulse_<name>`` and rows of ``pulse.window``.

    Attributes:
        name: family name without ``pulse_``; unit last (``_usd``, ``_coins``, ``_ratio``).
        formula: how it is made.
        unit: Grafana unit id (``currencyUSD``, ``short``, ``percentunit``).
        windows: window labels.
        labels: label names; those of every measure in the formula, or fewer, then ``formula.own_labels``.
        fixed: labels with one value.
        help: one phrase for the exposition and the catalogue.
        title: what legends call it; empty: its name in words (``forms.short_name``).
    """

    name: str
    formula: Aggregate
    unit: str
    windows: tuple[str, ...]
    help: str
    labels: tuple[str, ...] = ("app", "region")
    fixed: Mapping[str, str] = field(default_factory=dict)
    title: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in the formula."""
        return self.formula.measures


@dataclass(frozen=True, slots=True)
class Guardrail:
    """An alert on a series. What on-call does about it stands in ``runbooks/<alert>.md``.

    Attributes:
        alert: CamelCase name.
        severity: ``page`` wakes on-call, ``ticket`` waits for the morning.
        series: name of a value of the metric, or of a recorded pipeline series (or ``vector(1)``).
        window: window label of the value; empty for a recorded pipeline series.
        condition: when it fires.
        minutes: how long it must hold.
        by: labels that stay in the alert.
        guard: (value name, least count) that must be reached before it may fire, per ``window``; beside a
            recorded pipeline series, the name of another one.
        guard_baseline: whether the guard looks at the expected count (a drop) or the current one.
        topics: input topics that it is made of; one that stands still holds it back. Empty: a pipeline alert.
        fact: whether it stands whatever the pipeline does: no topic holds it back.
        tool: the tool that it is about; empty: the metric's.
        hurts: the parties that are worse off while it fires; empty: those of the metric's stakeholders.
        yields_to: alerts that name the cause; while any of those fires, this alert is held back (``causes``).
        goes_on: whether its series looks back a quarter of an hour or longer and it has no patience: then it
            goes on by itself, and Prometheus need not keep it firing once the condition has ended.
        page_with: the cause with which its page is one message, whichever of the two is sure first; empty: it
            has a page of its own.
        hours: when its page may be sent: at ``any`` hour, or by ``day``, since it watches a day or longer and
            nothing is lost by the morning.
        summary: one static sentence.
        description: templated with ``$labels`` and ``$value``.
        lost: template of the cost since the change began, in USD; empty: nobody knows.
    """

    alert: str
    severity: Severity
    series: str
    window: str
    condition: Condition
    minutes: int
    summary: str
    description: str
    by: tuple[str, ...] = ("app",)
    guard: tuple[str, int] | None = None
    guard_baseline: bool = False
    topics: tuple[str, ...] = ()
    fact: bool = False
    tool: str = ""
    hurts: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    goes_on: bool = False
    page_with: str = ""
    hours: Hours = "any"
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """One question of the catalogue and all that answers it.

    Attributes:
        id: catalogue id (``GI1``).
        title: for boards.
        question: the product owner's question that it answers.
        tier: place in the hierarchy.
        tool: ``gift``, ``ad``, ``reward``, ``deal``, ``commerce``, ``all`` or ``pipeline``.
        stakeholders: of creators, viewers, advertisers, platform, on-call.
        unit: of the first value, in words.
        formula: in words, for the catalogue page.
        source: where formula and threshold come from.
        values: gauges; empty if the metric is a recorded series only.
        recorded: PromQL of series computed by Prometheus from gauges: name -> expression.
        guardrails: its alerts.
        note: hints for the reader, for example which tools are included.
        form: how its panel is drawn; None: as follows from its values (``forms.form_of``).
        shows: names of the values on its panel, all of one quantity, the most telling first; empty: as
            follows from its values (``forms.shown``).
        beside: tool -> legend -> PromQL that is drawn beside the recorded series of that tool, for example
            what competitors publish; each tool has a panel.
        more: further panels that the trade reads: for each one the names of values of one quantity, or of
            recorded series with the same labels.
        titles: recorded series -> what boards call it; another one has its name in words.
    """

    id: str
    title: str
    question: str
    tier: Tier
    tool: str
    stakeholders: tuple[str, ...]
    unit: str
    formula: str
    source: str
    values: tuple[Value, ...] = ()
    recorded: Mapping[str, str] = field(default_factory=dict)
    guardrails: tuple[Guardrail, ...] = ()
    note: str = ""
    form: Form | None = None
    shows: tuple[str, ...] = ()
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    more: tuple[tuple[str, ...], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def windows(self) -> tuple[str, ...]:
        """Labels of all windows, shortest first."""
        used = {label for value in self.values for label in value.windows}
        return tuple(label for label in WINDOWS if label in used)
