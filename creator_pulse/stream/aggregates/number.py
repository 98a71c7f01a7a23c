"""How many identities there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.definition import INTEGER, ZERO, Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Number(OverEach):
    """How many identities there are, exactly.

    For example ``Number(Each(("viewer_id",), Sum({"gifter_coins": 1})))``: viewers who gave coins.
    """

    @property
    def grows(self) -> bool:
        """True: more is more, though viewers of regions do not add up to those of the app."""
        return True

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition("number", "how many they are", counts=self.each.text, rounding=INTEGER, empty=ZERO)

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The number of each group."""
        return {group: whole(len(ranked)) for group, ranked in ranked_of(window, self.each).items()}

    def nothing(self, scale_of: Callable[[str], int]) -> Result:
        """Nobody is 0."""
        del scale_of
        return whole(0)
