"""Who depends on few others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_panel import OverPanel
from creator_pulse.stream.aggregates.result import NOTHING, quotient
from creator_pulse.stream.aggregates.rules.rule import Tried

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result
    from creator_pulse.stream.aggregates.rules.few_partners import FewPartners


@dataclass(frozen=True, slots=True)
class Dependent(OverPanel):
    """The share of a panel whose few largest partners hold more than a part of their sum.

    For example with ``on=FewPartners("pair_coins", 1, 80)``: who has over 80 % of the coins from one viewer.

    Who has no such sum depends on nobody.

    Attributes:
        on: the sum, how few partners are meant, and how many percent they must hold.
    """

    on: FewPartners | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads, each once."""
        assert self.active is not None
        assert self.on is not None
        return tuple(dict.fromkeys((*self.each.measures, *self.active.measures, *self.on.measures)))

    def definition(self) -> Definition:
        """How the number is computed."""
        assert self.on is not None
        return Definition(
            "share of a panel", f"of these, those with {self.on.text}", "the panel", self.panel_text, high=1
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The share of each group; without a panel there is none."""
        assert self.active is not None
        assert self.on is not None
        by, on = self.each.by, self.on
        whole = window.people(by, on.measures)
        partners = on.beside(window, by)
        earned = window.people(by, self.each.measures)
        results = dict.fromkeys((group for group in (*earned, *whole) if window.wants(group)), NOTHING)
        for group, ranked in ranked_of(window, self.active).items():
            panel, _ = self.medians(window, group)
            there = panel[np.isin(panel, ranked.keys)]
            dependent = 0
            if group in whole:
                # Rows of the group's identities that are active members of the panel.
                rows = np.flatnonzero(np.isin(whole[group].keys[:, 0], there))
                tried = Tried(window, by, whole[group], rows, rows, partners.get(group))
                dependent = len(on.tested(tried).rows)
            results[group] = quotient(dependent, len(there)) if len(there) else NOTHING
        return results
