"""Spend as a share of the plan up to then."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.aggregates.definition import CUT, QUOTIENT, Definition
from creator_pulse.stream.aggregates.figures import RATIO_SCALE, ranked_of
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result
    from creator_pulse.stream.events.reference_entry import Entry

_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Paced(OverEach):
    """A quantile of figure / plan over the identities that have a plan in the window.

    For example a campaign that spent 80 of the 100 USD planned for these 24 h has the pace 0.8.

    The plan is a dated reference entry: so many micro-USD, evenly from ``valid_from`` to ``valid_until``;
    only the part that lies in the window counts. Entries are written before they begin, so a window
    closes with the same plans whenever the log is read.

    Attributes:
        plan: kind of the entries; their id is that of the identity.
        permille: which quantile: the figure at place ``(n - 1) * permille // 1000``.
    """

    dated: ClassVar[bool] = True
    plan: str = ""
    permille: int = 500

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "quantile of identities",
            f"the pace, figure / plan, at place (n - 1) * {self.permille} // 1000 of n, the smallest first",
            counts=(
                f"{self.each.text}; plan = summed over the dated {self.plan} entries of the same id: "
                "micro-USD * (their time within the window and before the next version begins) / "
                "(valid_until - valid_from), if that is above 0"
            ),
            rounding=f"{QUOTIENT}; {CUT}",
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The quantile of each group; without plans there is none."""
        plans, span = window.plans(self.plan), window.span()
        return {
            group: self._paced(ranked, plans, span) for group, ranked in ranked_of(window, self.each).items()
        }

    def _paced(self, ranked: Ranked, plans: Mapping[int, Sequence[Entry]], span: tuple[int, int]) -> Result:
        paces = []
        for key, figure in zip(ranked.keys[:, 0].tolist(), ranked.figures.tolist(), strict=True):
            plan = planned(plans.get(key, ()), span)
            if plan:
                # Integers of 1 / RATIO_SCALE, so that a quantile compares no fractions.
                paces.append(int(figure * _MICRO * RATIO_SCALE / (plan * ranked.scale)))
        if not paces:
            return NOTHING
        return quotient(sorted(paces)[(len(paces) - 1) * self.permille // 1000], RATIO_SCALE)


def planned(versions: Sequence[Entry], span: tuple[int, int]) -> Fraction:
    """Micro-USD that were planned in a window.

    A version holds from its own begin until the next one's, or its end.

    Args:
        versions: of one plan, by their begin.
        span: start and end of the window, epoch ms.
    """
    micros = Fraction(0)
    for version, following in zip_longest(versions, versions[1:]):
        assert version.valid_until is not None
        assert version.usd_micros is not None
        # A version is cut where the next one begins.
        until = version.valid_until if following is None else min(version.valid_until, following.valid_from)
        inside = min(until, span[1]) - max(version.valid_from, span[0])
        if inside > 0:
            micros += Fraction(version.usd_micros * inside, version.valid_until - version.valid_from)
    return micros
