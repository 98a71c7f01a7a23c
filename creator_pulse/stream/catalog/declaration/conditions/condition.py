"""What every condition can do: say itself in PromQL and in words, and which numbers meet it."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from creator_pulse.stream.catalog.declaration.recorded import baseline_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.conditions.scale import Scale

Bounds = tuple[tuple[str, float], ...]
"""Comparisons, as (operator, bound); one that is met is enough."""
Edges = tuple[tuple[str, str], ...]
"""Comparisons, as (operator, PromQL of the bound)."""
_COMPARE = {"<": operator.lt, ">": operator.gt, "==": operator.eq}


def number(value: float) -> str:
    """A bound as PromQL writes it, without an exponent or a trailing ``.0``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


class Exposed(NamedTuple):
    """A series that workers show in a test of an alert.

    Attributes:
        selector: name and labels.
        begin: its number at the beginning.
        minute: by how much it grows a minute.
    """

    selector: str
    begin: float
    minute: float = 0.0


class Scan(NamedTuple):
    """Which scores of evidence a condition reads.

    Attributes:
        signals: names of the signals; of several, whichever says most.
        direction: ``fall`` or ``rise``.
        speed: ``fast`` or ``slow``; empty: both.
    """

    signals: tuple[str, ...]
    direction: str
    speed: str


class Condition(ABC):
    """When a guardrail fires.

    Attributes:
        moves: whether it compares with the baseline of the hour of the week.
        of_gauges: whether it is of workers' gauges themselves, and of no recorded series.
        scan: the scores of evidence that it reads; None: it reads none.
        has_contributors: whether values of labels explain the change that it is about.
    """

    __slots__ = ()
    moves: ClassVar[bool] = False
    of_gauges: ClassVar[bool] = False

    @property
    def looks_back_a_day(self) -> bool:
        """Whether its PromQL reads a day of samples each time, so that it is asked seldom."""
        return False

    @property
    def scan(self) -> Scan | None:
        """No scores."""
        return None

    @property
    def has_contributors(self) -> bool:
        """Of a number alone nothing is broken down."""
        return False

    @abstractmethod
    def expression(self, series: str) -> str:
        """The comparison in PromQL.

        Args:
            series: name of a recorded series.
        """

    @property
    def parameter(self) -> float | None:
        """The number by which it is set, if there is one: an override says another one."""
        return None

    @property
    def meaning(self) -> str:
        """The meaning of the parameter, in a few words."""
        return "the bound"

    def set_to(self, parameter: float) -> Self:  # noqa: ARG002 - conditions with a parameter ask for it
        """The same condition with another parameter.

        Raises:
            TypeError: it has none.
        """
        raise TypeError(f"{type(self).__name__} has no single bound")

    def against(self, series: str, bound: str) -> str:  # noqa: ARG002 - likewise
        """The comparison in PromQL, with the parameter in a separate series; empty if there is no parameter.

        Args:
            series: name of a recorded series.
            bound: ``on (...) group_left ()`` and the series that holds the parameter.
        """
        return ""

    def edge_at(self, series: str, parameter: str) -> str:  # noqa: ARG002 - likewise
        """The bound in PromQL, with the parameter in a separate series.

        Args:
            series: name of a recorded series.
            parameter: ``on (...) group_left ()`` and the series that holds the parameter.

        Raises:
            TypeError: it has none.
        """
        raise TypeError(f"{type(self).__name__} has no single bound")

    @abstractmethod
    def bounds(self, usual: float | None) -> Bounds:
        """The numbers at which it begins to be met.

        Args:
            usual: the baseline of the hour; None if there is no history.
        """

    def met(self, value: float, usual: float | None) -> bool:
        """Whether a number meets it; the arguments are those of ``bounds``."""
        return any(_COMPARE[op](value, bound) for op, bound in self.bounds(usual))

    def usual_in_test(self, scale: Scale) -> float | None:  # noqa: ARG002 - conditions that move ask for it
        """The baseline that a test of the alert puts in; None if none is needed."""
        return None

    def probe(self, series: str, usual: float) -> Mapping[str, float]:  # noqa: ARG002 - likewise
        """Recorded series that must be there beside the one that is compared, with their numbers.

        Args:
            series: the one that is compared.
            usual: the baseline of the hour.
        """
        return {}

    def exposed(
        self,
        value: float,  # noqa: ARG002 - conditions of gauges ask for it
        labels: Mapping[str, str],  # noqa: ARG002 - likewise
    ) -> tuple[Exposed, ...]:
        """All that workers show, if it is a condition of their gauges themselves and of no recorded series.

        Args:
            value: of the series that is compared.
            labels: the values of labels in a test.
        """
        return ()

    def sees(self, other: Condition) -> bool:
        """Whether it reads the series that a test of another form of its alert exposes.

        Args:
            other: the other form's condition.
        """
        return not other.of_gauges

    def runbook(self) -> str:
        """The runbook's sentence on the baseline; empty if there is none."""
        return ""

    def usual(self, series: str) -> str:
        """The series that holds the baseline.

        Args:
            series: the one that is compared.
        """
        return baseline_of(series)

    def fixed(self) -> Bounds:
        """Bounds that a panel draws as they are."""
        return ()

    def factors(self) -> Bounds:
        """Factors of the baseline that a panel draws as bounds."""
        return ()

    def edges(self, value: str, usual: str) -> Edges:  # noqa: ARG002 - moving conditions ask
        """The bounds in PromQL, the lower one first.

        Args:
            value: PromQL of the series that is compared.
            usual: PromQL of the baseline.
        """
        return tuple((op, number(bound)) for op, bound in self.bounds(None))


class Moving(Condition):
    """A condition whose bounds move with the baseline of the hour; without history it is not met."""

    __slots__ = ()
    moves: ClassVar[bool] = True

    def usual_in_test(self, scale: Scale) -> float | None:
        """A number in the middle of those that can be."""
        return scale.usual

    def probe(self, series: str, usual: float) -> Mapping[str, float]:
        """The baseline."""
        return {baseline_of(series): usual}

    def runbook(self) -> str:
        """How it is made, and what happens without it."""
        return (
            "What is usual is the median of the same hour of the last three weeks. "
            "Without history there is none, and the alert is silent"
        )
