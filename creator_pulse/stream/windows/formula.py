"""What every formula can do: say which cells it reads, and make results of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Context
from math import lcm
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.catalog.aggregates_past import past_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from creator_pulse.stream.catalog.declare import Measure, Sum, Value
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table

_SHOWN = Context(prec=15)


@dataclass(frozen=True, slots=True)
class Flag:
    """An identity that meets a rule.

    Attributes:
        who: its ids, in the order of the rule's labels.
        evidence: (what, figure, bound), as text.
    """

    who: Labels
    evidence: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A value for one label set.

    Attributes:
        number: what is shown; None where there is none, such as a denominator of 0.
        exact: the integer sum in units of 1 / scale, or the quotient to 15 digits, as text.
        scale: of ``exact``; 1 for a quotient.
        parts: measure id and integer sum, as text.
        who: the identity that has this figure, for live views only.
        flags: the identities that it counts.
    """

    number: float | None
    exact: str | None
    scale: int
    parts: tuple[tuple[str, str], ...] = ()
    who: Labels = ()
    flags: tuple[Flag, ...] = ()


NOTHING = Result(None, None, 1)


def quotient(top: int, bottom: int) -> Result:
    """The result that is a quotient of integers; ``bottom`` is not 0."""
    return Result(top / bottom, str(_SHOWN.divide(top, bottom)), 1)


def whole(total: int, scale: int = 1) -> Result:
    """The result that is an integer sum in units of 1 / scale."""
    return Result(total / scale, str(total), scale)


def weights(formula: Sum, measures: Mapping[str, Measure]) -> tuple[dict[str, int], int]:
    """Integer weights over a common scale: no rounding before the end."""
    scale = lcm(*(measures[name].scale for name in formula.terms))
    return {name: weight * (scale // measures[name].scale) for name, weight in formula.terms.items()}, scale


class Formula(ABC):
    """A value's formula, ready to be applied to sums.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities or sizes.

    Attributes:
        reads: the measures, or the names of their tables: what the formula's results change with.
        past: likewise what it reads of business days before its window.
        past_ms: how far back.
        width: how many labels the value has that the formula does not make.
        route: the labels that choose the merge lane.
        cohorts: whether something of it counts at the time of what it takes back.
    """

    slow: ClassVar[bool] = True
    """Whether it looks at so many sums that of business days it is made seldom."""
    dated: ClassVar[bool] = False
    """Whether its results depend on when the window is, not on its sums alone."""

    def __init__(
        self,
        value: Value,
        measures: Mapping[str, Measure],
        tables: Mapping[str, Table] = MappingProxyType({}),
    ) -> None:
        self.value = value
        self.tables = {name: tables[name] for name in value.measures if name in tables}
        source = {name: tables[name].name if name in tables else name for name in value.measures}
        self.reads = frozenset(source.values())
        past, self.past_ms = past_of(value.formula)
        self.past = frozenset(source[name] for name in past)
        grouped = tuple(name for name in value.labels if name not in value.formula.made)
        self.width = len(grouped)
        self._topics = {name: measures[name].topic for name in value.measures}
        labels = {
            source[name]: tables[name].plain if name in tables else measures[name].labels
            for name in value.measures
        }
        self._places = {
            name: tuple(known.index(label) for label in grouped) for name, known in labels.items()
        }
        self.route = measures[value.measures[0]].route
        self.cohorts = any(measures[name].time == "original" for name in value.measures)

    def topic_of(self, measure: str) -> str:
        """The input topic of one of the formula's measures; ``*`` for every one."""
        return self._topics[measure]

    def group_of(self, name: str, labels: Labels) -> Labels | None:
        """The group that a cell, or a part of a table, belongs to.

        It has the value's labels but for what the formula makes; None where the formula does not read it.

        Args:
            name: of a measure, or of a table.
            labels: of the measure, or the plain ones of the table.
        """
        places = self._places.get(name)
        return None if places is None else tuple([labels[place] for place in places])

    def group(self, labels: Labels) -> Labels:
        """The group of one of the formula's results."""
        return labels[: self.width]

    @abstractmethod
    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The values of all label sets that have records.

        Args:
            sums: of a window.
            only: the groups that are wanted; None: all.
        """

    @abstractmethod
    def nothing(self) -> Result:
        """The value of a label set without records."""
