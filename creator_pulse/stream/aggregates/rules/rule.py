"""What every condition of a rule can do: say which measures it reads, and who meets it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.aggregates.people import People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels

Places = npt.NDArray[np.intp]


class Tested(NamedTuple):
    """Who meets a condition.

    Attributes:
        rows: of the identities.
        what: was looked at.
        figures: of each row, as text.
        bound: as text.
        bounds: of each row, if each has its own.
    """

    rows: Places
    what: str
    figures: list[str]
    bound: str
    bounds: Sequence[str] = ()

    def by_row(self) -> dict[int, tuple[str, str, str]]:
        """The evidence of each row: (what, figure, bound)."""
        bounds = [f"{own}, {self.bound}" for own in self.bounds] or [self.bound] * len(self.rows)
        return {
            row: (self.what, figure, bound)
            for row, figure, bound in zip(self.rows.tolist(), self.figures, bounds, strict=True)
        }


class Tried(NamedTuple):
    """The identities of a group that a condition looks at.

    Attributes:
        window: whose sums are read.
        by: labels that name an identity.
        people: all identities of the group.
        rows: indexes into ``people`` of those that met all earlier conditions, rising.
        somebody: indexes into ``people`` of those that have an id, rising.
        beside: result of ``RuleCondition.beside`` for the group; None if the group has no such sums.
    """

    window: Reading
    by: tuple[str, ...]
    people: People
    rows: Places
    somebody: Places
    beside: People | None


class RuleCondition(ABC):
    """Something that an identity must have, to be flagged by a rule."""

    __slots__ = ()

    @property
    @abstractmethod
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures in it."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The condition in words."""

    def names_of(self, by: tuple[str, ...]) -> tuple[str, ...]:
        """The labels that its measures must have.

        Args:
            by: labels of the rule.
        """
        return by

    def beside(self, window: Reading, by: tuple[str, ...]) -> Mapping[Labels, People]:
        """Other sums that it looks at, by group, besides those of the identities themselves.

        Args:
            window: whose sums are read.
            by: labels of the rule.
        """
        del window, by
        return {}

    @abstractmethod
    def tested(self, tried: Tried) -> Tested:
        """Which of some identities meet it, in their order."""
