"""What was spent by what was planned to be spent by then."""

from __future__ import annotations

from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from creator_pulse.stream.catalog.aggregates_past import Paced
from creator_pulse.stream.windows.figures import RATIO_SCALE, Figures
from creator_pulse.stream.windows.formula import NOTHING, Formula, Result, quotient

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from creator_pulse.stream.catalog.declare import Measure, Value
    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.figures import Ranked
    from creator_pulse.stream.windows.sums import Sums
    from creator_pulse.stream.windows.tables import Table

_MICRO = 10**6


class PlanFormula(Formula):
    """A quantile of figure / plan.

    Plans are entries with dates of their own, written before they begin: what is known when a window closes
    is then the same whenever the log is read.

    Args:
        value: its declaration.
        measures: all measures by id.
        tables: of those that have identities.
        references: with the plans; shared, changed only between batches.
        key: of the installation.
    """

    dated: ClassVar[bool] = True

    def __init__(
        self,
        value: Value,
        measures: Mapping[str, Measure],
        tables: Mapping[str, Table],
        references: References,
        key: HashKey,
    ) -> None:
        super().__init__(value, measures, tables)
        assert isinstance(value.formula, Paced)
        self._formula = value.formula
        self._figures = Figures(value.formula.each, self, measures)
        self._references = references
        self._key = key
        self._known: tuple[int, dict[int, list[Entry]]] = (-1, {})

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The quantile of each label set that has records."""
        span = sums.span()
        return {group: self._paced(ranked, span) for group, ranked in self._figures.of(sums, only).items()}

    def nothing(self) -> Result:
        """Nobody has spent."""
        return NOTHING

    def _paced(self, ranked: Ranked, span: tuple[int, int]) -> Result:
        plans = self._plans()
        paces = []
        for key, figure in zip(ranked.keys[:, 0].tolist(), ranked.figures.tolist(), strict=True):
            plan = planned(plans.get(key, ()), span)
            if plan:
                paces.append(int(figure * _MICRO * RATIO_SCALE / (plan * self._figures.scale)))
        if not paces:
            return NOTHING
        place = (len(paces) - 1) * self._formula.permille // 1000
        return quotient(sorted(paces)[place], RATIO_SCALE)

    def _plans(self) -> Mapping[int, list[Entry]]:
        """The versions of each plan by the hash of its id, the newest last."""
        version, known = self._known
        if version != self._references.version:
            known = {}
            for entry in self._references.entries(self._formula.plan):
                known.setdefault(self._key.identity_of(entry.id.encode()), []).append(entry)
            for versions in known.values():
                versions.sort(key=lambda one: one.valid_from)
            self._known = (self._references.version, known)
        return known


def planned(versions: Sequence[Entry], span: tuple[int, int]) -> Fraction:
    """Micro-USD that were planned in a window.

    A version holds from its own begin until the next one's, or its end.

    Args:
        versions: of one plan, by their begin.
        span: start and end of the window, epoch ms.
    """
    found = Fraction(0)
    for one, following in zip_longest(versions, versions[1:]):
        assert one.valid_until is not None
        assert one.usd_micros is not None
        until = one.valid_until if following is None else min(one.valid_until, following.valid_from)
        inside = min(until, span[1]) - max(one.valid_from, span[0])
        if inside > 0:
            found += Fraction(one.usd_micros * inside, one.valid_until - one.valid_from)
    return found
