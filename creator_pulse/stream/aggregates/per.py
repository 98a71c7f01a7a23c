"""A sum by a number of identities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.definition import Definition, factored
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result
    from creator_pulse.stream.aggregates.sum import Sum


@dataclass(frozen=True, slots=True)
class Per(OverEach):
    """A sum by the number of identities.

    For example ``Per(viewers, of=Sum({"viewer_watch_ms": 1}))``: viewing time of a viewer on average.

    Attributes:
        of: the sum; its measures need no identity.
        factor: multiplies the quotient.
    """

    quotient: ClassVar[bool] = True

    of: Sum | None = None
    factor: int = 1

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that it reads, each once."""
        assert self.of is not None
        return tuple(dict.fromkeys((*self.of.measures, *self.each.measures)))

    def definition(self) -> Definition:
        """How the number is computed."""
        assert self.of is not None
        above = factored(self.factor, self.of.definition().numerator)
        return Definition(
            "sum per identity", above, "how many identities", counts=f"below the line {self.each.text}"
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The quotient of each group; nobody is no denominator."""
        assert self.of is not None
        sums = self.of.results(window)
        numbers = {group: len(ranked) for group, ranked in ranked_of(window, self.each).items()}
        return {group: self._by(sums.get(group), numbers.get(group, 0)) for group in {**sums, **numbers}}

    def _by(self, summed: Result | None, number: int) -> Result:
        if not number:
            return NOTHING
        total = 0 if summed is None or summed.exact is None else int(summed.exact)
        return quotient(total * self.factor, number * (1 if summed is None else summed.scale))
