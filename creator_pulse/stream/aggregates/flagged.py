"""Who meets a rule: identities whose sums in a window are over every bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from creator_pulse.stream.aggregates.aggregate import Aggregate, Rule
from creator_pulse.stream.aggregates.definition import INTEGER, NO_VALUE, QUOTIENT, ZERO, Definition
from creator_pulse.stream.aggregates.result import NOTHING, Flag, quotient, whole
from creator_pulse.stream.aggregates.rules.rule import Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result
    from creator_pulse.stream.aggregates.rules.rule import Places, RuleCondition, Tested


@dataclass(frozen=True, slots=True)
class Flagged(Aggregate):
    """The number of identities that meet every condition; each becomes a case.

    For example ``Flagged(("viewer_id",), (Above(Sum({"gifter_coins": 1}), 50_000),))``.

    Attributes:
        by: the labels that name one.
        when: the conditions.
        version: of the rule; one more with each change of a bound.
        share: show the share of the identities that have any sum instead of the number.
        cases: whether an incident becomes a record of ``pulse.case``.
    """

    by: tuple[str, ...]
    when: tuple[RuleCondition, ...]
    version: int = 1
    share: bool = False
    cases: bool = True

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads, each once."""
        return tuple(dict.fromkeys(name for condition in self.when for name in condition.measures))

    @property
    def addable(self) -> bool:
        """Numbers of identities may be added up over labels, shares not."""
        return not self.share

    @property
    def names_somebody(self) -> bool:
        """A case says who it is."""
        return self.cases

    def rule(self) -> Rule | None:
        """Its version and labels, if there are cases."""
        return Rule(self.version, self.by) if self.cases else None

    def definition(self) -> Definition:
        """How the number is computed."""
        conditions = ", and ".join(condition.text for condition in self.when)
        who = f"identities by {' and '.join(self.by)} that have an id and {conditions}"
        return Definition(
            "share of identities" if self.share else "number of flagged",
            "how many they are",
            "identities with any sum above 0" if self.share else "",
            who,
            high=1 if self.share else None,
            rounding=QUOTIENT if self.share else INTEGER,
            empty=NO_VALUE if self.share else ZERO,
        )

    def hidden_of(self, measure: str) -> tuple[str, ...]:
        """The labels that the conditions need its sums by."""
        asking = (condition for condition in self.when if measure in condition.measures)
        return tuple(label for condition in asking for label in condition.names_of(self.by))

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The number, or share, of each group that has records; with who it is."""
        # What identities have themselves; other measures tell of what they are in.
        own = [name for name in self.measures if set(self.by) <= set(window.keys_of(name))]
        people = window.people(self.by, own)
        beside = [condition.beside(window, self.by) for condition in self.when]
        groups = dict.fromkeys((*people, *(group for values in beside for group in values)))
        return {
            group: self._result(window, people[group], [values.get(group) for values in beside])
            if group in people
            else self._nobody()
            for group in groups
            if window.wants(group)
        }

    def nothing(self, scale_of: Callable[[str], int]) -> Result:
        """Nobody is flagged: 0, and of nobody no share."""
        del scale_of
        return self._nobody()

    def _nobody(self) -> Result:
        return NOTHING if self.share else whole(0)

    def _result(self, window: Reading, people: People, beside: Sequence[People | None]) -> Result:
        somebody = np.flatnonzero(people.somebody)
        # Each condition looks only at those whom all conditions before it left.
        left, evidence = somebody, []
        for condition, around in zip(self.when, beside, strict=True):
            tested = condition.tested(Tried(window, self.by, people, left, somebody, around))
            evidence.append(tested)
            left = tested.rows
        number, every = len(left), len(somebody)
        flags = tuple(_flags(window, people, left, evidence)) if self.cases else ()
        if self.share:
            return replace(quotient(number, every), flags=flags) if every else NOTHING
        return replace(whole(number), flags=flags)


def _flags(window: Reading, people: People, rows: Places, evidence: Sequence[Tested]) -> list[Flag]:
    """Who met all conditions, with the evidence of each condition, sorted by ids."""
    of_row = [tested.by_row() for tested in evidence]
    flags = [
        Flag(tuple(map(window.name, people.keys[row].tolist())), tuple(tested[row] for tested in of_row))
        for row in rows.tolist()
    ]
    return sorted(flags, key=lambda flag: flag.who)
