"""What a merge lane shows: window gauges, each with its trust beside it, and views for Redis."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import IDENTITIES, ZONED, combinations
from creator_pulse.stream.catalog.series_budget import TRUST
from creator_pulse.stream.transport.names import PANE_LABEL
from creator_pulse.stream.windows.hopping import health
from creator_pulse.stream.windows.lane import Sample
from creator_pulse.stream.windows.pane_record import route
from creator_pulse.stream.windows.rendered import FormulaSeries, Pairs, Seen, Series, WindowViews
from creator_pulse.stream.windows.window_record import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.aggregates.result import Result
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.hopping import Hopping
    from creator_pulse.stream.windows.progress import Progress
    from creator_pulse.stream.windows.rolling_sums import RollingSums

_WATERMARK = "watermark_timestamp_seconds"
_SHARES = ("late", "duplicate", "invalid")


class Shown:
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
        self._configured: dict[tuple[int, frozenset[str] | None], tuple[Labels, ...]] = {}
        self._series_of: dict[tuple[int, str, bool], tuple[object, FormulaSeries]] = {}
        self._pairs: dict[tuple[int, Labels, str, str], tuple[Pairs, Pairs]] = {}
        self._shown: dict[tuple[str, bool], tuple[object, tuple[FormulaSeries, ...]]] = {}
        self._finals: dict[str, WindowViews] = {}
        """Name of the window and its topics -> the views of its newest closed one."""

    def seen(self, hoppings: Sequence[Hopping], progress: Progress) -> tuple[Seen, ...]:
        """What all windows show now; made anew only where a result has changed.

        Args:
            hoppings: windows with their sums.
            progress: of the source partitions.
        """
        found = []
        for hopping in hoppings:
            watermark = progress.lowest(hopping.topics)
            if watermark is None:
                continue
            for sums in (hopping.newest, hopping.closed):
                if sums.end is not None:
                    trust = _trust(hopping, sums, progress, watermark)
                    provisional = sums is hopping.newest
                    series = self._all_series(hopping, sums, provisional=provisional)
                    views = (
                        WindowViews(sums.end, watermark, trust, series)
                        if provisional
                        else self._final_views(hopping, sums.end, trust, series)
                    )
                    found.append(Seen(trust, series, views))
        return tuple(found)

    def _final_views(
        self,
        hopping: Hopping,
        end: int,
        trust: tuple[tuple[str, float], ...],
        series: tuple[FormulaSeries, ...],
    ) -> WindowViews:
        """The views of a closed window: the same ones at each commit, until something of it changes.

        They say the watermark at which it closed. With the watermark of now each commit would make and
        write all of them anew.
        """
        lasting = tuple(one for one in trust if one[0] != _WATERMARK)
        known = self._finals.get(hopping.name)
        if known is None or not known.tells(end, lasting, series):
            closed_at = end + self._settings.allowed_lateness_ms
            known = self._finals[hopping.name] = WindowViews(end, closed_at, lasting, series)
        return known

    def _all_series(
        self, hopping: Hopping, sums: RollingSums, *, provisional: bool
    ) -> tuple[FormulaSeries, ...]:
        at, stands = (hopping.name, provisional), hopping.stands(sums)
        known = self._shown.get(at)
        if known is None or known[0] != stands:
            made = tuple(
                self._series(hopping, formula, sums, provisional=provisional)
                for formula in hopping.formulas
                if IDENTITIES.isdisjoint(formula.value.labels)
            )
            known = self._shown[at] = (stands, made)
        return known[1]

    def _series(
        self, hopping: Hopping, formula: Formula, sums: RollingSums, *, provisional: bool
    ) -> FormulaSeries:
        made = hopping.results(formula, sums, late=True)
        at = (id(formula), hopping.name, provisional)
        known = self._series_of.get(at)
        if known is None or known[0] is not made:
            state = "provisional" if provisional else "final"
            series = FormulaSeries(partial(self._made, hopping, formula, state, made))
            known = self._series_of[at] = (made, series)
        return known[1]

    def _made(
        self, hopping: Hopping, formula: Formula, state: str, results: Mapping[Labels, Result]
    ) -> tuple[Series, ...]:
        nothing = formula.nothing()
        return tuple(
            Series(
                formula.value.name,
                *self._names(formula, labels, hopping.window.label, state),
                result.number,
                result,
            )
            for labels in dict.fromkeys((*results, *self._expected(formula, hopping.zone.apps)))
            if (result := results.get(labels) or nothing).number is not None
        )

    def counted(self, totals: Mapping[str, int], entries: Mapping[str, int]) -> tuple[Sample, ...]:
        """The lane's own series.

        Args:
            totals: by name.
            entries: how much the lane keeps, by kind.
        """
        place = self.place
        return (
            *(Sample(f"pulse_{name}_total", place, total) for name, total in totals.items()),
            *(
                Sample("pulse_table_entries", (("kind", kind), *place), count)
                for kind, count in entries.items()
            ),
        )

    def invalid(self, records: Mapping[str, int]) -> Iterator[Sample]:
        """Records of the pane topic that could not be added, by reason."""
        for reason, count in records.items():
            labels = (("partition", str(self._partition)), ("reason", reason), ("topic", PANE_LABEL))
            yield Sample("pulse_invalid_records_total", labels, count)

    def _expected(self, formula: Formula, apps: frozenset[str] | None) -> tuple[Labels, ...]:
        """The configured label sets, of some apps, that meet in this lane: at 0 before anything counts."""
        key = (id(formula), apps)
        if key not in self._configured:
            value = formula.value
            topics = {formula.topic_of(name) for name in value.measures}
            topic = topics.pop() if len(topics) == 1 else "*"
            self._configured[key] = tuple(
                labels
                for labels in combinations(value.labels, self._settings, topic)
                for known in (dict(zip(value.labels, labels, strict=True)),)
                if self._meets_here(formula, known) and (apps is None or known[ZONED] in apps)
            )
        return self._configured[key]

    def _meets_here(self, formula: Formula, labels: Mapping[str, str]) -> bool:
        values = tuple(labels[name] for name in formula.route)
        return route(values, self._settings.merge_partitions) == self._partition

    def _names(self, formula: Formula, labels: Labels, window: str, state: str) -> tuple[Pairs, Pairs]:
        key = (id(formula), labels, window, state)
        made = self._pairs.get(key)
        if made is None:
            value = formula.value
            pairs = {"window": window, "state": state, "partition": str(self._partition), "topic": PANE_LABEL}
            pairs |= named(value, labels)
            own = tuple(sorted(pairs.items()))
            made = self._pairs[key] = (own, tuple(sorted((*own, ("value", value.name)))))
        return made


def _trust(
    hopping: Hopping, sums: RollingSums, progress: Progress, watermark: int
) -> tuple[tuple[str, float], ...]:
    assert sums.end is not None
    outcomes = health(hopping, sums)
    records = sum(count for outcome, count in outcomes.items() if outcome != "test")
    shares = [outcomes.get(outcome, 0) / records if records else 0.0 for outcome in _SHARES]
    # Of a window that still runs: who has come as far as it goes by now.
    complete = progress.completeness(hopping.topics, min(sums.end, watermark))
    base = (sums.end / 1000, watermark / 1000, complete)
    return tuple(zip(TRUST, (*base, *shares), strict=True))
