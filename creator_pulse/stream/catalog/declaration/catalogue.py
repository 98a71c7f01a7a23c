"""A catalogue: the measures and values of one job, and what lanes work out from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.breakdowns import Breakdown
    from creator_pulse.stream.catalog.declaration.declare import Measure, Value, Window
    from creator_pulse.stream.catalog.declaration.signals import Signal
    from creator_pulse.stream.events.schema import Gauge


@dataclass(frozen=True, slots=True)
class LastDays:
    """The last closed business days of a value, late records included, for reconciliation with the books.

    Attributes:
        value: name of the value, which has the window ``day``.
        days: how many.
        labels: of the series besides ``back``, the app among them; what else the value has is added up.
        sums: the sum of a day.
        begins: when it began, s.
    """

    value: str
    days: int
    labels: tuple[str, ...]
    sums: Gauge
    begins: Gauge


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What lanes compute; what follows from it is worked out once for all lanes of a process.

    For example ``Catalogue({"coins": measure}, (value,))`` is a job of one sum.

    Attributes:
        measures: by id.
        values: gauges computed from the measures.
        windows: by label, those that the values name.
        last_days: values whose closed days are shown side by side.
        signals: guarded counts, about which evidence is kept.
        breakdowns: the labels by which a change of a signal is explained.
    """

    measures: Mapping[str, Measure]
    values: tuple[Value, ...]
    windows: Mapping[str, Window] = field(default_factory=lambda: WINDOWS)
    last_days: tuple[LastDays, ...] = ()
    signals: tuple[Signal, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()

    def measures_of(self, topic: str) -> tuple[Measure, ...]:
        """The measures that a lane of an input topic computes.

        Args:
            topic: its name without prefix, for example ``gift``.
        """
        return tuple(measure for measure in self.measures.values() if measure.topic in {topic, "*"})

    def topics_of(self, value: Value) -> tuple[str, ...]:
        """The input topics that a value is made of, sorted."""
        named = {self.measures[source].topic for name in value.measures for source in self._sources(name)}
        return tuple(sorted(INPUT_TOPICS if "*" in named else named))

    @cached_property
    def levels(self) -> Mapping[str, frozenset[int]]:
        """Measure id -> the steps of the windows that read it, ms; likewise ``#`` and a topic: its health."""
        steps_by_name: dict[str, set[int]] = {}
        for value in self.values:
            steps = {self.windows[label].step_ms for label in value.windows}
            read = {source for name in value.measures for source in (name, *self._sources(name))}
            for name in (*read, *(f"#{topic}" for topic in self.topics_of(value))):
                steps_by_name.setdefault(name, set()).update(steps)
            for name in value.formula.past[0]:
                steps_by_name[name].add(DAY_MS)
        return {name: frozenset(steps) for name, steps in steps_by_name.items()}

    def _sources(self, name: str) -> tuple[str, ...]:
        """The measures that source lanes sum for a measure."""
        first = self.measures[name].first
        return (name,) if first is None else first.measures

    @property
    def helps(self) -> Mapping[str, str]:
        """Family name without ``pulse_`` -> its help text."""
        days = (gauge for last in self.last_days for gauge in (last.sums, last.begins))
        return (
            {measure.counter: measure.help for measure in self.measures.values() if measure.counter}
            | {value.name: value.help for value in self.values}
            | {gauge.name: gauge.help for gauge in days}
        )

    @cached_property
    def signalled(self) -> frozenset[str]:
        """Ids of the measures that signals are made of."""
        return frozenset(name for signal in self.signals for name in signal.measures)

    def used_in_windows(self) -> frozenset[str]:
        """Ids of the measures that some value needs; the others are counters only."""
        return frozenset(name for value in self.values for name in value.measures)
