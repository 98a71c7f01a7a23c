"""The sink of the last closed business days of some values, which the books are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.declare import DAY_MS
from creator_pulse.stream.catalog.declaration.labels import ZONED
from creator_pulse.stream.transport.names import PANE_LABEL
from creator_pulse.stream.windows.hopping import health
from creator_pulse.stream.windows.lane import Sample
from creator_pulse.stream.windows.rolling_sums import RollingSums
from creator_pulse.stream.windows.sink import Sink, Surroundings
from creator_pulse.stream.windows.sums import WindowSums
from creator_pulse.stream.windows.window_record import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import LastDays
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.hopping import Hopping
    from creator_pulse.stream.windows.rendered import Seen

_DAY = "day"
"""Label of the window."""
_BACK = "back"
"""The label that says how many days ago a day was the newest closed one, 1 for that one."""


class ClosedDays(Sink):
    """The closed days of a merge lane, added up over the labels that are not asked for.

    They are made when a day has closed and when something was restated, so that they are what was said last.

    Args:
        surroundings: the merge lane, with the values and how many days of each.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        partition, _, hoppings, panes, rules = surroundings
        self._place = (("partition", str(partition)), ("topic", PANE_LABEL))
        self._panes = panes
        days = tuple(one for one in hoppings if one.window.label == _DAY)
        self._days = tuple(
            (rule, hopping, formulas)
            for rule in rules
            for hopping in days
            if (formulas := tuple(one for one in hopping.formulas if one.value.name == rule.value))
        )
        self._made: dict[tuple[LastDays, str], tuple[int, tuple[Sample, ...]]] = {}

    def settled(self) -> None:
        """Make them anew the next time."""
        self._made.clear()

    def samples(self, seen: Sequence[Seen]) -> tuple[Sample, ...]:
        """By labels and day the sum and when the day began; of a day without any record nothing."""
        del seen
        return tuple(self._samples())

    def _samples(self) -> Iterator[Sample]:
        for rule, hopping, formulas in self._days:
            if hopping.frontier is not None:
                at = rule, hopping.name
                known = self._made.get(at)
                if known is None or known[0] != hopping.frontier:
                    made = tuple(self._of(rule, hopping, formulas, hopping.frontier))
                    known = self._made[at] = (hopping.frontier, made)
                yield from known[1]

    def _of(
        self, rule: LastDays, hopping: Hopping, formulas: Sequence[Formula], frontier: int
    ) -> Iterator[Sample]:
        read = hopping.measures | {f"#{topic}" for topic in hopping.topics}
        for back in range(1, rule.days + 1):
            sums = RollingSums(hopping.window, self._panes, read)
            sums.move(frontier - (back - 1) * DAY_MS)
            if health(hopping, sums):
                for where, total in _totals(rule, hopping, formulas, sums).items():
                    own = (*zip(rule.labels, where, strict=True), (_BACK, str(back)))
                    labels = tuple(sorted((*own, *self._place)))
                    yield Sample(f"pulse_{rule.sums.name}", labels, total)
                    yield Sample(f"pulse_{rule.begins.name}", labels, sums.start / 1000)


def _totals(
    rule: LastDays, hopping: Hopping, formulas: Sequence[Formula], sums: RollingSums
) -> dict[tuple[str, ...], float]:
    def place(labels: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(labels[name] for name in rule.labels)

    read = WindowSums(sums, late=True)
    found: dict[tuple[str, ...], float] = {}
    for formula in formulas:
        fixed = formula.value.fixed
        found |= {place({ZONED: app, **fixed}): 0.0 for app in sorted(hopping.zone.apps or ())}
        for labels, result in formula.results(read).items():
            found[place(named(formula.value, labels))] += result.number or 0.0
    return found
