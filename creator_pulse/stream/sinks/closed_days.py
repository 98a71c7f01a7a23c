"""The sink of the last closed business days of some values, which the books are held against."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.labels import ZONED
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.panes.rolling_sums import RollingSums
from creator_pulse.stream.panes.versioned import VersionedCache
from creator_pulse.stream.transport.names import PANE_LABEL
from creator_pulse.stream.windows.formula import named
from creator_pulse.stream.windows.sink import Sink, Surroundings
from creator_pulse.stream.windows.sums import WindowSums
from creator_pulse.stream.windows.window_operator import health

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import LastDays
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.rendered import WindowNumbers
    from creator_pulse.stream.windows.window_operator import WindowOperator

# Label of the window.
_DAY = "day"
# The label that says how many days ago a day was the newest closed one, 1 for that one.
_BACK = "back"


class ClosedDays(Sink):
    """The closed days of a merge lane, added up over the labels that are not asked for.

    They are computed when a day has closed and after restatements, so that they agree with the last results.

    Args:
        surroundings: the merge lane, with the values and how many days of each.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        partition, _, operators, panes, rules = surroundings
        self._place = (("partition", str(partition)), ("topic", PANE_LABEL))
        self._panes = panes
        days = tuple(operator for operator in operators if operator.window.label == _DAY)
        self._days = tuple(
            (rule, operator, formulas)
            for rule in rules
            for operator in days
            if (
                formulas := tuple(
                    formula for formula in operator.formulas if formula.value.name == rule.value
                )
            )
        )
        self._cache = VersionedCache()

    def settled(self) -> None:
        """Make them anew the next time."""
        self._cache.clear()

    def samples(self, numbers: Sequence[WindowNumbers]) -> tuple[Sample, ...]:
        """By labels and day the sum and when the day began; of a day without any record nothing."""
        del numbers
        return tuple(self._samples())

    def _samples(self) -> Iterator[Sample]:
        for rule, operator, formulas in self._days:
            if operator.frontier is not None:
                of_day = partial(self._of, rule, operator, formulas, operator.frontier)
                yield from self._cache.get((rule, operator.name), operator.frontier, of_day)

    def _of(
        self, rule: LastDays, operator: WindowOperator, formulas: Sequence[Formula], frontier: int
    ) -> tuple[Sample, ...]:
        samples: list[Sample] = []
        read = operator.measures | {f"#{topic}" for topic in operator.topics}
        for back in range(1, rule.days + 1):
            sums = RollingSums(operator.window, self._panes, read)
            # Day 1 is the one that ended at the frontier, day 2 the one before.
            sums.move(frontier - (back - 1) * DAY_MS)
            if health(operator, sums):
                for where, total in _totals(rule, operator, formulas, sums).items():
                    own = (*zip(rule.labels, where, strict=True), (_BACK, str(back)))
                    labels = tuple(sorted((*own, *self._place)))
                    samples.append(Sample(f"pulse_{rule.sums.name}", labels, total))
                    samples.append(Sample(f"pulse_{rule.begins.name}", labels, sums.start / 1000))
        return tuple(samples)


def _totals(
    rule: LastDays, operator: WindowOperator, formulas: Sequence[Formula], sums: RollingSums
) -> dict[tuple[str, ...], float]:
    def place(labels: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(labels[name] for name in rule.labels)

    read = WindowSums(sums, late=True)
    totals: dict[tuple[str, ...], float] = {}
    for formula in formulas:
        fixed = formula.value.fixed
        # Each app of the zone at 0: a day without gifts is a sum of 0, not a gap.
        totals |= {place({ZONED: app, **fixed}): 0.0 for app in sorted(operator.zone.apps or ())}
        for labels, result in formula.results(read).items():
            totals[place(named(formula.value, labels))] += result.number or 0.0
    return totals
