"""Identities by those that could have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.aggregates.each import Each
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Reach(OverEach):
    """The number of identities by the number of those that could have been.

    For example ``Reach(gifters, among=live_viewers)``: which part of the live viewers gave.

    Attributes:
        among: who could have been; somebody of ``each`` need not be among them.
    """

    among: Each | None = None

    def identities(self) -> Iterator[Each]:
        """Those that are, and those that could have been."""
        assert self.among is not None
        yield from (self.each, self.among)

    def definition(self) -> Definition:
        """How the number is computed."""
        assert self.among is not None
        # Who is counted has all that those below the line have, so it is among them.
        within = set(self.among.measures) <= set(self.each.measures)
        counts = f"above the line {self.each.text}; below it {self.among.text}"
        return Definition(
            "share of identities",
            "how many are above",
            "how many are below",
            counts,
            high=1 if within else None,
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The quotient of each group; nobody is no denominator."""
        assert self.among is not None
        above = {group: len(ranked) for group, ranked in ranked_of(window, self.each).items()}
        below = {group: len(ranked) for group, ranked in ranked_of(window, self.among).items()}
        return {
            group: quotient(above.get(group, 0), number) if number else NOTHING
            for group, number in {**dict.fromkeys(above, 0), **below}.items()
        }
