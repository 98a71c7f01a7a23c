"""In something whose figure is below a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.figures import figure_of
from creator_pulse.stream.aggregates.keys import together
from creator_pulse.stream.aggregates.result import quotient
from creator_pulse.stream.aggregates.rules.rule import RuleCondition, Tested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.ratio import Ratio
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels
    from creator_pulse.stream.aggregates.rules.rule import Tried
    from creator_pulse.stream.aggregates.sum import Sum


@dataclass(frozen=True, slots=True)
class Below(RuleCondition):
    """A figure of the thing that an identity is in is below a bound; an unknown figure does not meet it.

    For example a viewer of a room, and the room's viewers.

    Attributes:
        by: the labels among the rule's that name the thing, for example ``room_id``.
        of: the figure.
        bound: in the shown unit; a figure equal to it is not below.
        counted_by: measure that counts the records with the figure; if it is 0, the figure is unknown, not 0.
    """

    by: tuple[str, ...]
    of: Sum | Ratio
    bound: int
    counted_by: str

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""
        return tuple(dict.fromkeys((*self.of.measures, self.counted_by)))

    def names_of(self, by: tuple[str, ...]) -> tuple[str, ...]:
        """Labels of the thing, whatever the rule's."""
        del by
        return self.by

    def beside(self, window: Reading, by: tuple[str, ...]) -> Mapping[Labels, People]:
        """All that somebody may be in."""
        del by
        return window.people(self.by, self.measures)

    @property
    def text(self) -> str:
        """The condition in words."""
        definition = self.of.definition()
        figure = definition.numerator + (f" / ({definition.denominator})" if definition.denominator else "")
        around = " and ".join(self.by)
        return f"whose {around} has {self.counted_by} above 0 and a figure ({figure}) below {int(self.bound)}"

    def tested(self, tried: Tried) -> Tested:
        """Who is in something whose figure is below it."""
        what, bound = "+".join(self.of.measures), f"< {self.bound}"
        around, figure = tried.beside, figure_of(tried.window, self.of)
        if around is None or not len(tried.rows):
            return Tested(tried.rows[:0], what, [], bound)
        counted = np.flatnonzero(np.asarray(around.sums[self.counted_by] > 0, dtype=np.bool_))
        figures, there = figure.of(around.sums, counted)
        low = figures < self.bound * figure.scale
        figures, there = figures[low], there[low]
        if not len(there):
            return Tested(tried.rows[:0], what, [], bound)
        ids = together(around.keys[there])
        order = np.argsort(ids)
        # Of an identity's keys those that name what it is in, in the order of ``by``.
        names = [tried.by.index(label) for label in self.by]
        mine = together(tried.people.keys[tried.rows][:, names])
        place = order[np.minimum(np.searchsorted(ids, mine, sorter=order), len(ids) - 1)]
        met = np.flatnonzero(ids[place] == mine)
        texts = [str(quotient(int(figures[row]), figure.scale).exact) for row in place[met].tolist()]
        return Tested(tried.rows[met], what, texts, bound)
