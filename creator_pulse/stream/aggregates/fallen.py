"""Whose figure fell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import figure_of, ranked_of
from creator_pulse.stream.aggregates.over_panel import OverPanel, put
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Fallen(OverPanel):
    """The share of a panel whose figure is below half of their own median day.

    For example ``Fallen(Each(("creator_id",), earned), active=watched)``: 0.1 if one in ten fell.

    Of those of the panel whose median day is above 0: the others have no usual day to fall from.
    """

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "share of a panel",
            "of these, whose figure in the window, 0 if they have none, is below half of their median day",
            "those of the panel whose median day is above 0",
            self.panel_text,
            high=1,
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The share of each group; without a panel there is none."""
        assert self.active is not None
        now = window.people(self.each.by, self.each.measures)
        results = dict.fromkeys((group for group in now if window.wants(group)), NOTHING)
        figure = figure_of(window, self.each.of)
        for group, ranked in ranked_of(window, self.active).items():
            panel, medians = self.medians(window, group)
            # Shape of the panel: which of its members are active in this window.
            there = np.isin(panel, ranked.keys) & (medians > 0).astype(np.bool_)
            # Who has no sum in the window has the figure 0.
            figures = np.zeros(len(panel), dtype=object)
            if group in now:
                own, rows = figure.of(now[group].sums, np.arange(len(now[group].keys)))
                put(figures, panel, now[group].keys[rows, 0], own)
            number = int(np.count_nonzero(there))
            # Below half without a division; a median of 0 is never undercut.
            fallen = int(np.count_nonzero(there & (2 * figures < medians)))
            results[group] = quotient(fallen, number) if number else NOTHING
        return results
