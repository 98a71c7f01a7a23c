"""Who meets a rule: identities whose sums in a window are over every bound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.catalog.aggregates import Above, Flagged
from creator_pulse.stream.catalog.rule_conditions import AbovePeers, Below
from creator_pulse.stream.windows.figures import Figure
from creator_pulse.stream.windows.formula import NOTHING, Flag, Formula, Result, quotient, whole
from creator_pulse.stream.windows.partners import Partners, Tested, tested
from creator_pulse.stream.windows.peers import above_peers, below
from creator_pulse.stream.windows.people import People, people

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from creator_pulse.stream.catalog.aggregates import Condition
    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table


class FlagFormula(Formula):
    """How many identities meet a rule, and which.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure], tables: Mapping[str, Table]) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, Flagged)
        self.rule = value.formula
        self._figures = {
            place: Figure(one.of, measures)
            for place, one in enumerate(self.rule.when)
            if isinstance(one, Above | Below)
        }
        self._own = [name for name in value.measures if set(self.rule.by) <= set(self.tables[name].keys)]
        """What identities have themselves; the others tell of what they are in."""

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The number, or share, of each label set that has records; with who it is."""
        found = people(sums, self, self.rule.by, self._own)
        others = {place: self._others(one, sums) for place, one in enumerate(self.rule.when)}
        groups = dict.fromkeys((*found, *(group for one in others.values() for group in one)))
        return {
            group: self._result(group, found[group], others, sums) if group in found else self.nothing()
            for group in groups
            if only is None or group in only
        }

    def nothing(self) -> Result:
        """Nobody is flagged."""
        return NOTHING if self.rule.share else whole(0)

    def _others(self, condition: Condition, sums: Sums) -> Mapping[Labels, People]:
        """By group, what a condition looks at besides the identities themselves."""
        if isinstance(condition, Above | AbovePeers):
            return {}
        if isinstance(condition, Below):
            return people(sums, self, condition.by, condition.measures)
        keys = self.tables[condition.measures[0]].keys
        rest = (one for one in keys if one not in self.rule.by)
        return people(sums, self, (*self.rule.by, *rest), condition.measures)

    def _result(
        self, group: Labels, known: People, others: Mapping[int, Mapping[Labels, People]], sums: Sums
    ) -> Result:
        somebody = np.flatnonzero(known.somebody)
        left, evidence = somebody, []
        for place, condition in enumerate(self.rule.when):
            if isinstance(condition, Above):
                made = self._above(condition, self._figures[place], known, left)
            elif isinstance(condition, Below):
                names = [self.rule.by.index(one) for one in condition.by]
                around = others[place].get(group)
                made = below(condition, self._figures[place], known, left, around, names)
            elif isinstance(condition, AbovePeers):
                made = above_peers(condition, known, left, somebody)
            else:
                made = tested(condition, known, left, Partners(others[place]), group)
            evidence.append(made)
            left = made.rows
        number, every = len(left), len(somebody)
        flags = tuple(self._flags(known, left, evidence, sums)) if self.rule.cases else ()
        if self.rule.share:
            return replace(quotient(number, every), flags=flags) if every else NOTHING
        return replace(whole(number), flags=flags)

    @staticmethod
    def _above(condition: Above, made: Figure, known: People, rows: npt.NDArray[np.intp]) -> Tested:
        figures, there = made.of(known.sums, rows)
        over = np.flatnonzero(figures > condition.bound * made.scale)
        what = "+".join(condition.measures)
        texts = (str(quotient(int(one), made.scale).exact) for one in figures[over])
        return Tested(there[over], what, list(texts), f"> {condition.bound}")

    @staticmethod
    def _flags(known: People, rows: npt.NDArray[np.intp], evidence: list[Tested], sums: Sums) -> list[Flag]:
        of_row = [one.by_row() for one in evidence]
        flags = [
            Flag(tuple(map(sums.name, known.keys[row].tolist())), tuple(one[row] for one in of_row))
            for row in rows.tolist()
        ]
        return sorted(flags, key=lambda one: one.who)
