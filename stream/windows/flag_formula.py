"""Who meets a rule: identities whose sums in a window are over every bound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stream.catalog.aggregates import Above, Condition, FewPartners, Flagged, ManyPartners
from stream.catalog.labels import IDENTITIES
from stream.windows.figures import NOBODY, Figure
from stream.windows.formula import NOTHING, Flag, Formula, Result, quotient, whole

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from stream.catalog.declare import Measure, Value
    from stream.windows.cells import Labels
    from stream.windows.sums import Sums

    BySum = dict[str, dict[Labels, int]]
    """Measure id -> partner -> sum."""

Evidence = tuple[str, str, str]
"""What, figure and bound."""


class FlagFormula(Formula):
    """How many identities meet a rule, and which.

    Args:
        value: its declaration.
        measures: all measures by id.
    """

    def __init__(self, value: Value, measures: Mapping[str, Measure]) -> None:
        super().__init__(value, measures)
        assert isinstance(value.formula, Flagged)
        self.rule = value.formula
        self._who: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        for name in value.measures:
            labels = measures[name].labels
            partner = [at for at, one in enumerate(labels) if one in IDENTITIES and one not in self.rule.by]
            self._who[name] = tuple(labels.index(one) for one in self.rule.by), tuple(partner)
        self._figures = {
            place: Figure(one.of, measures)
            for place, one in enumerate(self.rule.when)
            if isinstance(one, Above)
        }

    def results(self, sums: Sums, only: Container[Labels] | None = None) -> dict[Labels, Result]:
        """The number, or share, of each label set that has records; with who it is."""
        found: dict[Labels, dict[Labels, BySum]] = {}
        for name, (places, partners) in self._who.items():
            for labels, total in sums.of(name).items():
                group = self.group_of(name, labels)
                who = tuple([labels[place] for place in places])
                if group is None or (only is not None and group not in only) or not NOBODY.isdisjoint(who):
                    continue
                partner = tuple([labels[place] for place in partners])
                of_one = found.setdefault(group, {}).setdefault(who, {}).setdefault(name, {})
                of_one[partner] = of_one.get(partner, 0) + total
        return {group: self._result(of_group) for group, of_group in found.items()}

    def nothing(self) -> Result:
        """Nobody is flagged."""
        return NOTHING if self.rule.share else whole(0)

    def _result(self, identities: Mapping[Labels, BySum]) -> Result:
        flags = tuple(
            Flag(who, evidence)
            for who, sums in sorted(identities.items())
            if (evidence := self._evidence(sums)) is not None
        )
        if not self.rule.share:
            return replace(whole(len(flags)), flags=flags)
        number = sum(any(any(one.values()) for one in sums.values()) for sums in identities.values())
        return replace(quotient(len(flags), number), flags=flags) if number else NOTHING

    def _evidence(self, sums: BySum) -> tuple[Evidence, ...] | None:
        """Figure and bound of each condition; None where one is not met."""
        found = []
        for place, condition in enumerate(self.rule.when):
            one = (
                self._above(place, condition, sums) if isinstance(condition, Above) else _met(condition, sums)
            )
            if one is None:
                return None
            found.append(one)
        return tuple(found)

    def _above(self, at: int, condition: Condition, sums: BySum) -> Evidence | None:
        assert isinstance(condition, Above)
        made = self._figures[at]
        figure = made.of({name: sum(of_one.values()) for name, of_one in sums.items()})
        if figure is None or figure <= condition.bound * made.scale:
            return None
        return "+".join(condition.measures), str(quotient(figure, made.scale).exact), f"> {condition.bound}"


def _met(condition: Condition, sums: BySum) -> Evidence | None:
    if isinstance(condition, FewPartners):
        parts = sorted(_known(sums.get(condition.measure, {})).values(), reverse=True)
        top, total = sum(parts[: condition.count]), sum(sums.get(condition.measure, {}).values())
        if top * 100 <= condition.percent * total:
            return None
        what = f"share of the top {condition.count} in {condition.measure}"
        return what, str(quotient(top, total).exact), f"> {condition.percent} %"
    if isinstance(condition, ManyPartners):
        number = len(_known(sums.get(condition.measure, {})))
        if number < condition.least:
            return None
        return f"partners in {condition.measure}", str(number), f">= {condition.least}"
    assert not isinstance(condition, Above)
    totals = sums.get(condition.total, {})
    counts = _known(sums.get(condition.count, {}))
    means = sorted(totals.get(partner, 0) // count for partner, count in counts.items())
    median = means[(len(means) - 1) // 2] if means else None
    if median is None or median >= condition.below:
        return None
    return f"median of {condition.total} / {condition.count}", str(median), f"< {condition.below}"


def _known(of_one: Mapping[Labels, int]) -> dict[Labels, int]:
    """Partners with an id and a sum."""
    return {partner: total for partner, total in of_one.items() if total > 0 and NOBODY.isdisjoint(partner)}
