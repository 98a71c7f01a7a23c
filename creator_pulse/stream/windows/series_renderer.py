"""Renders a merge lane's series: window gauges, each with its trust beside it, and views for Redis."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import IDENTITIES, ZONED, combinations
from creator_pulse.stream.catalog.series_budget import TRUST
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.panes.versioned import VersionedCache
from creator_pulse.stream.transport.names import PANE_LABEL
from creator_pulse.stream.windows.formula import named
from creator_pulse.stream.windows.rendered import FormulaSeries, Pairs, Series, WindowNumbers, WindowViews
from creator_pulse.stream.windows.window_operator import Everything, health, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.aggregates.result import Result
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.rolling_sums import RollingSums
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.progress import Progress
    from creator_pulse.stream.windows.window_operator import Read, WindowOperator

ENTRIES = "pulse_table_entries"
"""The family that says how much a lane keeps, by kind."""
_WATERMARK = "watermark_timestamp_seconds"
_TIMES = ("window_end_timestamp_seconds", _WATERMARK, "completeness_ratio")
_SHARES = ("late", "duplicate", "invalid")
_EVERYTHING = Everything()


class SeriesRenderer:
    """Renders the lane's series.

    Args:
        partition: of the merge lane.
        settings: regions, number of merge lanes.
    """

    def __init__(self, partition: int, settings: Settings) -> None:
        self._partition = partition
        self._settings = settings
        self.place = (("partition", str(partition)), ("topic", PANE_LABEL))
        """Labels of the lane's own series."""
        # Series of a window, and of one formula in it; label sets and pairs, which never change.
        self._by_window, self._by_formula = VersionedCache(), VersionedCache()
        self._configured, self._pairs = VersionedCache(), VersionedCache()
        # Name of the window and its topics -> the views of its newest closed one.
        self._finals: dict[str, WindowViews] = {}

    def windows(
        self, operators: Sequence[WindowOperator], progress: Progress, read: Read = _EVERYTHING
    ) -> tuple[WindowNumbers, ...]:
        """The numbers of all windows now; rendered anew only if a result has changed.

        Args:
            operators: windows with their sums.
            progress: of the source partitions.
            read: which series are asked for; always the same for one renderer.
        """
        windows = []
        for operator in operators:
            watermark = progress.lowest(operator.topics)
            if watermark is None:
                continue
            for sums in (operator.newest, operator.closed):
                if sums.end is not None and operator.has_begun(sums) and operator.is_read(sums, read):
                    trust = _trust(operator, sums, progress, watermark, read)
                    provisional = sums is operator.newest
                    series = self._all_series(operator, sums, read, provisional=provisional)
                    views = (
                        WindowViews(sums.end, watermark, trust, series)
                        if provisional
                        else self._final_views(operator, sums.end, trust, series)
                    )
                    windows.append(WindowNumbers(trust, series, views))
        return tuple(windows)

    def _final_views(
        self,
        operator: WindowOperator,
        end: int,
        trust: tuple[tuple[str, float], ...],
        series: tuple[FormulaSeries, ...],
    ) -> WindowViews:
        """The views of a closed window: the same objects at each commit, until a result or its trust changes.

        They say the watermark at which it closed. With the watermark of now each commit would make and
        write all views anew.
        """
        lasting = tuple(number for number in trust if number[0] != _WATERMARK)
        cached = self._finals.get(operator.name)
        if cached is None or not cached.same_as(end, lasting, series):
            closed_at = end + self._settings.allowed_lateness_ms
            cached = self._finals[operator.name] = WindowViews(end, closed_at, lasting, series)
        return cached

    def _all_series(
        self, operator: WindowOperator, sums: RollingSums, read: Read, *, provisional: bool
    ) -> tuple[FormulaSeries, ...]:
        label, state = operator.window.label, state_of(provisional=provisional)

        def render() -> tuple[FormulaSeries, ...]:
            return tuple(
                self._series(operator, formula, sums, provisional=provisional)
                for formula in operator.formulas
                if IDENTITIES.isdisjoint(formula.value.labels)
                and read.value(formula.value.name, label, state)
                and operator.shows(formula, sums)
            )

        return self._by_window.get((operator.name, provisional), operator.version(sums), render)

    def _series(
        self, operator: WindowOperator, formula: Formula, sums: RollingSums, *, provisional: bool
    ) -> FormulaSeries:
        results = operator.results(formula, sums, late=True)
        state = state_of(provisional=provisional)
        render = partial(self._rendered, operator, formula, state, results)
        # The series hold their results, so no others can have the same id while they are cached.
        at = (id(formula), operator.name, provisional)
        return self._by_formula.get(at, id(results), lambda: FormulaSeries(render))

    def _rendered(
        self, operator: WindowOperator, formula: Formula, state: str, results: Mapping[Labels, Result]
    ) -> tuple[Series, ...]:
        nothing = formula.nothing()
        return tuple(
            Series(
                formula.value.name,
                *self._names(formula, labels, operator.window.label, state),
                result.number,
                result,
            )
            for labels in dict.fromkeys((*results, *self._expected(formula, operator.zone.apps)))
            if (result := results.get(labels) or nothing).number is not None
        )

    def counted(self, totals: Mapping[str, int], entries: Mapping[str, int]) -> tuple[Sample, ...]:
        """The lane's own series.

        Args:
            totals: name without ``pulse_`` and ``_total`` -> a counter's value.
            entries: how much the lane keeps, by kind.
        """
        place = self.place
        return (
            *(Sample(f"pulse_{name}_total", place, total) for name, total in totals.items()),
            *(Sample(ENTRIES, (("kind", kind), *place), count) for kind, count in entries.items()),
        )

    def invalid(self, records: Mapping[str, int]) -> Iterator[Sample]:
        """Records of the pane topic that could not be added, by reason."""
        for reason, count in records.items():
            labels = (("partition", str(self._partition)), ("reason", reason), ("topic", PANE_LABEL))
            yield Sample("pulse_invalid_records_total", labels, count)

    def _expected(self, formula: Formula, apps: frozenset[str] | None) -> tuple[Labels, ...]:
        """The configured label sets, of some apps, that meet in this lane: at 0 before anything counts."""

        def expected() -> tuple[Labels, ...]:
            value = formula.value
            topics = {formula.topic_of(name) for name in value.measures}
            # Of several topics: a label set counts as configured if any of them has it.
            topic = topics.pop() if len(topics) == 1 else "*"
            return tuple(
                labels
                for labels in combinations(value.labels, self._settings, topic)
                for by_name in (dict(zip(value.labels, labels, strict=True)),)
                if self._meets_here(formula, by_name) and (apps is None or by_name[ZONED] in apps)
            )

        return self._configured.get((id(formula), apps), None, expected)

    def _meets_here(self, formula: Formula, labels: Mapping[str, str]) -> bool:
        # The same route that pane records take: a label set shows at 0 only in the lane that would get its
        # records.
        values = tuple(labels[name] for name in formula.route)
        return route(values, self._settings.merge_partitions) == self._partition

    def _names(self, formula: Formula, labels: Labels, window: str, state: str) -> tuple[Pairs, Pairs]:
        pairs = partial(self._pairs_of, formula, labels, window, state)
        return self._pairs.get((id(formula), labels, window, state), None, pairs)

    def _pairs_of(self, formula: Formula, labels: Labels, window: str, state: str) -> tuple[Pairs, Pairs]:
        value = formula.value
        pairs = {"window": window, "state": state, "partition": str(self._partition), "topic": PANE_LABEL}
        pairs |= named(value, labels)
        own = tuple(sorted(pairs.items()))
        return own, tuple(sorted((*own, ("value", value.name))))


def _trust(
    operator: WindowOperator, sums: RollingSums, progress: Progress, watermark: int, read: Read
) -> tuple[tuple[str, float], ...]:
    assert sums.end is not None
    # Of a window that still runs: who has come as far as it goes by now.
    complete = progress.completeness(operator.topics, min(sums.end, watermark))
    trust = dict(zip(_TIMES, (sums.end / 1000, watermark / 1000, complete), strict=True))
    asked = [name for name in TRUST if read.family(f"pulse_value_{name}")]
    # Outcomes are sums of each topic: they are added up only for somebody who asks.
    if not trust.keys() >= set(asked):
        outcomes = health(operator, sums)
        records = sum(count for outcome, count in outcomes.items() if outcome != "test")
        trust |= {f"{name}_ratio": outcomes.get(name, 0) / records if records else 0.0 for name in _SHARES}
    return tuple([(name, trust[name]) for name in asked])
