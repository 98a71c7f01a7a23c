"""What all aggregates over a panel of identities share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.stream.aggregates.figures import figure_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.spans import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from creator_pulse.stream.aggregates.aggregate import Past
    from creator_pulse.stream.aggregates.each import Each
    from creator_pulse.stream.aggregates.keys import Keys
    from creator_pulse.stream.aggregates.people import Numbers
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels

    Medians = tuple[Keys, npt.NDArray[np.object_]]  # a panel, rising, and the median day of each
# Panels that are remembered: one for each app and business day, and few days are asked for at a time.
_MOST_KNOWN = 64


@dataclass(frozen=True, slots=True)
class OverPanel(OverEach):
    """An aggregate over a panel of identities.

    The panel are the identities with the largest sums over so many business days that ended before the
    window; only members who are active in the window count. The first label of the value is the app.

    Attributes:
        active: identities that count as active in the window.
        days: number of business days over which the panel is chosen.
        panel: its size at most.
    """

    dated: ClassVar[bool] = True
    active: Each | None = None
    days: int = 28
    panel: int = 10_000

    def identities(self) -> Iterator[Each]:
        """Those of the panel, and those that are active."""
        assert self.active is not None
        yield from (self.each, self.active)

    @property
    def past(self) -> Past:
        """The sums of the panel; the last of the days may have ended nearly a day before the window."""
        return self.each.measures, (self.days + 1) * DAY_MS

    @property
    def panel_text(self) -> str:
        """Who is of the panel."""
        assert self.active is not None
        return (
            f"the {self.panel} {self.each.text} over the {self.days} business days that ended before the "
            "business day in which the window begins, by what came in time, with the largest figures; of "
            f"these the {self.active.text} in the window; median day: the one at place ({self.days} - 1) "
            f"// 2 of the {self.days}, the smallest at place 0, a day without a sum being 0"
        )

    def medians(self, window: Reading, group: Labels) -> Medians:
        """The panel of a group, and each one's median day; the days before a window do not change."""
        panels: dict[tuple[Labels, int], Medians] = window.always(("panels", id(self)), dict)
        end = window.begin(window.span()[0], group[0])
        if (group, end) not in panels:
            # A dict keeps the order of insertion, so the first key is the oldest.
            while len(panels) >= _MOST_KNOWN:
                del panels[next(iter(panels))]
            panels[group, end] = self._panel(window, group, end)
        return panels[group, end]

    def _panel(self, window: Reading, group: Labels, end: int) -> Medians:
        figure = figure_of(window, self.each.of)
        days = []
        for start in range(end - self.days * DAY_MS, end, DAY_MS):
            people = window.day(start, past=True).people(self.each.by, self.each.measures).get(group)
            if people is not None:
                # A panel is of single identities, so their keys have one column.
                figures, rows = figure.of(people.sums, np.flatnonzero(people.somebody))
                days.append((people.keys[rows, 0], figures))
        keys = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *(own for own, _ in days)]))
        # A row for each identity, a column for each day; a day without a sum counts as 0.
        table = np.zeros((len(keys), self.days), dtype=object)
        for place, (own, figures) in enumerate(days):
            put(table[:, place], keys, own, figures)
        totals = table.sum(axis=1)
        # Of equal sums the smaller hash is in the panel.
        chosen = sorted(np.flatnonzero(totals > 0), key=lambda row: (-totals[row], row))
        rows = np.sort(np.array(chosen[: self.panel], dtype=np.intp))
        # Lower median of each row: of 28 days the 14th smallest, index 13.
        return keys[rows], np.sort(table[rows], axis=1)[:, (self.days - 1) // 2]


def put(into: npt.NDArray[np.object_], keys: Keys, own: Keys, figures: Numbers) -> None:
    """Write figures where their keys stand among rising ones; the others are passed over.

    Args:
        into: shape (n,), changed in place.
        keys: shape (n,), rising: of each place in ``into``.
        own: shape (m,), of the figures.
        figures: shape (m,), in the order of ``own``.
    """
    if len(keys):
        # A key beyond the last one would have place len(keys): clipped, it compares as unequal.
        place = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        there = keys[place] == own
        into[place[there]] = figures[there].astype(object)
