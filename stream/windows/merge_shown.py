"""What a merge lane shows: window gauges, each with its trust beside it, and views for Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from stream.catalog.labels import IDENTITIES, combinations
from stream.transport.names import PANE_LABEL
from stream.windows.lane import Sample
from stream.windows.pane_record import route
from stream.windows.window_record import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stream.catalog.declare import Value
    from stream.settings import Settings
    from stream.windows.cells import Labels
    from stream.windows.formula import Formula, Result
    from stream.windows.hopping import Hopping
    from stream.windows.panes import RollingSums
    from stream.windows.progress import Progress

_TRUST = ("window_end_timestamp_seconds", "watermark_timestamp_seconds", "completeness_ratio")
_MOST_NAMED = 20
_SHARES = ("late", "duplicate", "invalid")
Pairs = tuple[tuple[str, str], ...]


class Shown:
    """Renders the lane's series.

    Args:
        partition: of the merge lane.
        settings: regions, number of merge lanes.
    """

    def __init__(self, partition: int, settings: Settings) -> None:
        self._partition = partition
        self._settings = settings
        self._configured: dict[tuple[str, Labels], tuple[Labels, ...]] = {}
        self._pairs: dict[tuple[str, Pairs, str, str], tuple[Pairs, Pairs]] = {}

    def render(
        self,
        hoppings: Sequence[Hopping],
        progress: Progress,
        totals: Mapping[str, int],
        entries: Mapping[str, int],
    ) -> tuple[tuple[Sample, ...], dict[str, bytes]]:
        """All series, and current values by key.

        Args:
            hoppings: windows with their sums.
            progress: of the source partitions.
            totals: the lane's own, by name.
            entries: how much the lane keeps, by kind.
        """
        samples: list[Sample] = []
        views: dict[str, bytes] = {}
        for hopping in hoppings:
            watermark = progress.lowest(hopping.topics)
            if watermark is None:
                continue
            for state, sums, late in (
                ("provisional", hopping.newest, False),
                ("final", hopping.closed, True),
            ):
                if sums.end is not None:
                    trust = _trust(hopping, sums, progress, watermark)
                    for value, labels, result in self._results(hopping, sums, late=late):
                        number = result.number
                        if number is None:
                            continue
                        own, beside = self._names(value, labels, hopping.window.label, state)
                        samples.append(Sample(f"pulse_{value.name}", own, number))
                        samples += [Sample(f"pulse_value_{name}", beside, shown) for name, shown in trust]
                        if state == "provisional":
                            view = {"value": number, "end": sums.end, "watermark": watermark}
                            views["|".join(f"{k}={v}" for k, v in (("name", value.name), *own))] = (
                                msgspec.json.encode({**view, **dict(trust), **_identities(result)})
                            )
        place = (("partition", str(self._partition)), ("topic", PANE_LABEL))
        samples += [Sample(f"pulse_{name}_total", place, total) for name, total in totals.items()]
        samples += [
            Sample("pulse_table_entries", (("kind", kind), *place), count) for kind, count in entries.items()
        ]
        return tuple(samples), views

    def _results(
        self, hopping: Hopping, sums: RollingSums, *, late: bool
    ) -> Iterator[tuple[Value, Labels, Result]]:
        for formula in hopping.formulas:
            if not IDENTITIES.isdisjoint(formula.value.labels):
                continue
            made = hopping.results(formula, sums, late=late)
            for labels in dict.fromkeys((*made, *self._expected(formula))):
                yield formula.value, labels, made.get(labels) or formula.nothing()

    def _expected(self, formula: Formula) -> tuple[Labels, ...]:
        """The configured label sets that meet in this lane: shown at 0 before anything counts."""
        value = formula.value
        measure_topics = tuple(sorted({formula.topic_of(name) for name in value.measures}))
        key = (value.name + "".join(measure_topics), value.labels)
        if key not in self._configured:
            topic = measure_topics[0] if len(measure_topics) == 1 else "*"
            self._configured[key] = tuple(
                labels
                for labels in combinations(value.labels, self._settings, topic)
                if self._meets_here(formula, dict(zip(value.labels, labels, strict=True)))
            )
        return self._configured[key]

    def _meets_here(self, formula: Formula, labels: Mapping[str, str]) -> bool:
        values = tuple(labels[name] for name in formula.route)
        return route(values, self._settings.merge_partitions) == self._partition

    def _names(self, value: Value, labels: Labels, window: str, state: str) -> tuple[Pairs, Pairs]:
        key = (value.name, tuple(sorted(named(value, labels).items())), window, state)
        made = self._pairs.get(key)
        if made is None:
            pairs = {"window": window, "state": state, "partition": str(self._partition), "topic": PANE_LABEL}
            pairs |= named(value, labels)
            own = tuple(sorted(pairs.items()))
            made = self._pairs[key] = (own, tuple(sorted((*own, ("value", value.name)))))
        return made


def _identities(result: Result) -> dict[str, object]:
    """Who it is: for live views only, and no more than a page can show."""
    found: dict[str, object] = {"who": result.who} if result.who else {}
    if result.flags:
        found["flagged"] = [(one.who, one.evidence) for one in result.flags[:_MOST_NAMED]]
    return found


def _trust(
    hopping: Hopping, sums: RollingSums, progress: Progress, watermark: int
) -> list[tuple[str, float]]:
    assert sums.end is not None
    outcomes = hopping.health(sums)
    records = sum(count for outcome, count in outcomes.items() if outcome != "test")
    shares = [
        (f"{outcome}_ratio", outcomes.get(outcome, 0) / records if records else 0.0) for outcome in _SHARES
    ]
    base = (sums.end / 1000, watermark / 1000, progress.completeness(hopping.topics, sums.end))
    return [*zip(_TRUST, base, strict=True), *shares]
