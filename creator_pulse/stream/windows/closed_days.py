"""The last closed business days of one value, as they stand by now: what the books are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declare import DAY_MS
from creator_pulse.stream.catalog.metrics_books import RECONCILED, RECONCILED_DAYS
from creator_pulse.stream.transport.names import PANE_LABEL
from creator_pulse.stream.windows.hopping import health
from creator_pulse.stream.windows.lane import Sample
from creator_pulse.stream.windows.panes import PaneStore, RollingSums
from creator_pulse.stream.windows.sums import WindowSums
from creator_pulse.stream.windows.window_record import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.windows.hopping import Hopping

_LABELS = ("app", "tool")


class ClosedDays:
    """The days of a merge lane, added up over regions.

    They are made when a day has closed and when something was restated, so that they are what was said last.

    Args:
        partition: of the merge lane.
        hoppings: its windows.
        panes: where their cells are.
    """

    def __init__(self, partition: int, hoppings: Iterable[Hopping], panes: PaneStore) -> None:
        self._place = (("partition", str(partition)), ("topic", PANE_LABEL))
        self._panes = panes
        self._days = tuple(
            one
            for one in hoppings
            if one.window.label == "day" and any(made.value.name == RECONCILED for made in one.formulas)
        )
        self._made: dict[str, tuple[int, tuple[Sample, ...]]] = {}

    def restated(self) -> None:
        """Make them anew the next time."""
        self._made.clear()

    def samples(self) -> Iterator[Sample]:
        """Of each app, tool and day the sum and when the day began; of a day without any record nothing."""
        for hopping in self._days:
            if hopping.frontier is not None:
                known = self._made.get(hopping.name)
                if known is None or known[0] != hopping.frontier:
                    made = tuple(self._of(hopping, hopping.frontier))
                    known = self._made[hopping.name] = (hopping.frontier, made)
                yield from known[1]

    def _of(self, hopping: Hopping, frontier: int) -> Iterator[Sample]:
        read = hopping.measures | {f"#{topic}" for topic in hopping.topics}
        for back in range(1, RECONCILED_DAYS + 1):
            sums = RollingSums(hopping.window, self._panes, read)
            sums.move(frontier - (back - 1) * DAY_MS)
            if health(hopping, sums):
                for where, total in self._totals(hopping, sums).items():
                    own = (*zip(_LABELS, where, strict=True), ("back", str(back)))
                    labels = tuple(sorted((*own, *self._place)))
                    yield Sample("pulse_closed_day_usd", labels, total)
                    yield Sample("pulse_closed_day_timestamp_seconds", labels, sums.start / 1000)

    @staticmethod
    def _totals(hopping: Hopping, sums: RollingSums) -> dict[tuple[str, ...], float]:
        read = WindowSums(sums, late=True)
        found: dict[tuple[str, ...], float] = {}
        for formula in (one for one in hopping.formulas if one.value.name == RECONCILED):
            tool = formula.value.fixed["tool"]
            found |= {(app, tool): 0.0 for app in sorted(hopping.zone.apps or ())}
            for labels, result in formula.results(read).items():
                app = named(formula.value, labels)["app"]
                found[app, tool] += result.number or 0.0
        return found
