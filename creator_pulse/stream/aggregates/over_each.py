"""What all aggregates over the figures of identities share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.aggregate import Aggregate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.aggregates.each import Each


@dataclass(frozen=True, slots=True)
class OverEach(Aggregate):
    """An aggregate over the figures of identities.

    Attributes:
        each: the figures.
    """

    each: Each

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads, each once."""
        return tuple(dict.fromkeys(name for each in self.identities() for name in each.measures))

    def identities(self) -> Iterator[Each]:
        """All identities that it looks at."""
        yield self.each

    def hidden_of(self, measure: str) -> tuple[str, ...]:
        """The labels that name the identities of which it is a sum."""
        return tuple(label for each in self.identities() if measure in each.measures for label in each.by)
