"""Quantiles, leaderboards, inequality and rules about somebody, recomputed from the ledger's lines.

Written from the catalogue's words, without the engine's code: every record's size is known here, so a
quantile is the exact one, and every identity's sum is a Python integer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.recompute_rooms import is_of, odd_among_peers, within_low
from creator_pulse.stream.catalog.aggregates import (
    Above,
    FewPartners,
    Flagged,
    Gini,
    ManyPartners,
    Number,
    OverEach,
    Per,
    Quantile,
    QuantileOf,
    Reach,
    TopK,
    TopShare,
    YoungPartners,
)
from creator_pulse.stream.catalog.declare import Ratio, Sum
from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.catalog.rule_conditions import AbovePeers, Below, ManyAlike

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.catalog.aggregates import Condition, Each
    from creator_pulse.stream.catalog.declare import Value

Labels = tuple[str, ...]
Cells = dict[tuple[str, Labels], int]
"""Measure id and label values -> sum."""
Totals = dict[str, int]
"""Measure id -> sum."""
NOBODY = {"", "-"}
_DIGITS = Fraction(1, 10**13)
_NINE_DIGITS = 10**9


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a result must be.

    Attributes:
        value: None where there is none.
        within: how far it may be off, as a share of it.
        off: how far it may be off, absolutely.
    """

    value: Fraction | None
    within: Fraction = _DIGITS
    off: Fraction = Fraction(0)

    def allows(self, shown: Fraction | None) -> bool:
        """Whether a shown number is right."""
        if shown is None or self.value is None:
            return shown is None and self.value is None
        return abs(shown - self.value) <= abs(self.value) * self.within + self.off


def recomputed(value: Value, cells: Cells) -> dict[Labels, Wanted]:
    """What each label set of one value must show in one window, of one group.

    Args:
        value: its declaration.
        cells: sums of the group.
    """
    formula = value.formula
    if isinstance(formula, TopK):
        return _ranks(formula, cells)
    if isinstance(formula, Quantile):
        return {(): _quantile(formula, cells)}
    if isinstance(formula, Flagged):
        return {(): _flagged(formula, cells)}
    assert isinstance(formula, OverEach)
    if isinstance(formula, Per | Reach):
        return {(): _per(formula, cells)}
    return {(): _over(formula, figures_of(formula.each, cells))}


def flagged(formula: Flagged, cells: Cells) -> tuple[set[Labels], int]:
    """Who meets a rule, and how many identities have any sum.

    Args:
        formula: the rule.
        cells: sums of a group in one window.
    """
    mine = {key: total for key, total in cells.items() if is_of(key[0], formula.by)}
    of_one = _by_identity(formula.by, mine)
    known = {who: own for who, own in of_one.items() if not NOBODY & set(who) and any(own.values())}
    met = set(known)
    for condition in formula.when:
        if isinstance(condition, Below):
            met &= within_low(condition, formula.by, known, cells)
        elif isinstance(condition, AbovePeers):
            met &= odd_among_peers(condition, formula.by, known, cells)
        else:
            met = {who for who in met if _met(condition, formula.by, known[who])}
    return met, len(known)


def _named(measure: str, labels: Labels) -> dict[str, str]:
    return dict(zip(MEASURES[measure].labels, labels, strict=True))


def _by_identity(by: Sequence[str], cells: Cells) -> dict[Labels, Cells]:
    found: dict[Labels, Cells] = {}
    for (measure, labels), total in cells.items():
        named = _named(measure, labels)
        found.setdefault(tuple(named[name] for name in by), {})[measure, labels] = total
    return found


def _totals(own: Cells) -> Totals:
    found: Totals = {}
    for (measure, _), total in own.items():
        found[measure] = found.get(measure, 0) + total
    return found


def unit_of(of: Sum | Ratio) -> int:
    """Figures are integers of so many parts: the finest scale of a sum, nine digits of a quotient."""
    return lcm(*(MEASURES[name].scale for name in of.terms)) if isinstance(of, Sum) else _NINE_DIGITS


def _scaled(formula: Sum, totals: Totals) -> int:
    unit = unit_of(formula)
    return sum(
        weight * totals[name] * (unit // MEASURES[name].scale)
        for name, weight in formula.terms.items()
        if name in totals
    )


def figure_of(of: Sum | Ratio, totals: Totals) -> int | None:
    """The figure of an identity with some sums, or None, in units of ``unit_of``."""
    if isinstance(of, Sum):
        return _scaled(of, totals)
    below = _scaled(of.den, totals)
    if below <= 0:
        return None
    return _scaled(of.num, totals) * of.factor * unit_of(of.den) * _NINE_DIGITS // (below * unit_of(of.num))


def figures_of(each: Each, cells: Cells) -> list[tuple[int, Labels]]:
    """Figure and identity, the largest first."""
    found = []
    lowest = max(1, each.floor * unit_of(each.of))
    mine = {key: total for key, total in cells.items() if key[0] in each.measures}
    for who, own in _by_identity(each.by, mine).items():
        totals = _totals(own)
        enough = all(totals.get(name, 0) >= least for name, least in each.least.items())
        figure = figure_of(each.of, totals)
        if enough and not NOBODY & set(who) and figure is not None and figure >= lowest:
            found.append((figure, who))
    found.sort(key=lambda one: (-one[0], one[1]))
    return found[: each.largest or None]


def _quantile(formula: Quantile, cells: Cells) -> Wanted:
    sizes = sorted(
        size
        for (measure, labels), count in cells.items()
        for size in [int(_named(measure, labels)["bucket"])] * count
    )
    if not sizes:
        return Wanted(None)
    place = (len(sizes) - 1) * formula.permille // 1000
    return Wanted(Fraction(sizes[place], formula.scale), within=Fraction(2, 100))


def _over(formula: OverEach, figures: Sequence[tuple[int, Labels]]) -> Wanted:
    rising = sorted(figure for figure, _ in figures)
    if isinstance(formula, Number):
        return Wanted(Fraction(len(rising)))
    if not rising:
        return Wanted(None)
    if isinstance(formula, QuantileOf):
        place = (len(rising) - 1) * formula.permille // 1000
        return Wanted(Fraction(rising[place], unit_of(formula.each.of)))
    total = sum(rising)
    if isinstance(formula, Gini):
        apart = sum(place * figure for place, figure in enumerate(rising, 1))
        gini = Fraction(2 * apart, len(rising) * total) - Fraction(len(rising) + 1, len(rising))
        return Wanted(gini, off=_DIGITS)
    assert isinstance(formula, TopShare)
    number = formula.count
    while not formula.count and number * 100 < len(rising) * formula.percent:
        number += 1
    return Wanted(Fraction(sum(rising[::-1][:number]), total))


def _per(formula: Per | Reach, cells: Cells) -> Wanted:
    number = len(figures_of(formula.each, cells))
    if isinstance(formula, Reach):
        assert formula.among is not None
        among = len(figures_of(formula.among, cells))
        return Wanted(Fraction(number, among) if among else None)
    assert formula.of is not None
    total = Fraction(_scaled(formula.of, _totals(cells)) * formula.factor, unit_of(formula.of))
    return Wanted(total / number if number else None)


def _ranks(formula: TopK, cells: Cells) -> dict[Labels, Wanted]:
    totals = (
        figure_of(formula.each.of, _totals(own)) for own in _by_identity(formula.each.by, cells).values()
    )
    total = sum(one for one in totals if one is not None)
    if not total:
        return {}
    top = figures_of(formula.each, cells)[: formula.k]
    found = {(str(rank),): figure for rank, (figure, _) in enumerate(top, 1)}
    found["other",] = total - sum(found.values())
    below = total if formula.share else unit_of(formula.each.of)
    return {labels: Wanted(Fraction(figure, below)) for labels, figure in found.items()}


def _flagged(formula: Flagged, cells: Cells) -> Wanted:
    met, known = flagged(formula, cells)
    if not formula.share:
        return Wanted(Fraction(len(met)))
    return Wanted(Fraction(len(met), known) if known else None)


def _met(condition: Condition, by: Sequence[str], own: Cells) -> bool:
    if isinstance(condition, Above):
        figure = figure_of(condition.of, _totals(own))
        return figure is not None and figure > condition.bound * unit_of(condition.of)
    partners: dict[Labels, Totals] = {}
    for (measure, labels), total in own.items():
        named = _named(measure, labels)
        rest = tuple(named[name] for name in MEASURES[measure].labels if name not in {"app", *by})
        of_partner = partners.setdefault(rest, {})
        of_partner[measure] = of_partner.get(measure, 0) + total
    known = {who: totals for who, totals in partners.items() if not NOBODY & set(who)}
    return _CHECKS[type(condition)](condition, known, _totals(own))


def _few(condition: Condition, partners: Mapping[Labels, Totals], totals: Totals) -> bool:
    assert isinstance(condition, FewPartners)
    parts = sorted((one.get(condition.measure, 0) for one in partners.values()), reverse=True)
    top = sum(parts[: condition.count])
    return Fraction(top, max(1, totals.get(condition.measure, 0))) > Fraction(condition.percent, 100)


def _many(condition: Condition, partners: Mapping[Labels, Totals], _: Totals) -> bool:
    assert isinstance(condition, ManyPartners)
    return sum(one.get(condition.measure, 0) > 0 for one in partners.values()) >= condition.least


def _alike(condition: Condition, partners: Mapping[Labels, Totals], _: Totals) -> bool:
    assert isinstance(condition, ManyAlike)
    return max((one.get(condition.measure, 0) for one in partners.values()), default=0) > condition.bound


def _young(condition: Condition, partners: Mapping[Labels, Totals], _: Totals) -> bool:
    assert isinstance(condition, YoungPartners)
    means = sorted(
        one.get(condition.total, 0) // one[condition.count]
        for one in partners.values()
        if one.get(condition.count, 0) > 0
    )
    return bool(means) and means[(len(means) - 1) // 2] < condition.below


_CHECKS: Mapping[type, Callable[[Condition, Mapping[Labels, Totals], Totals], bool]] = {
    FewPartners: _few,
    ManyPartners: _many,
    ManyAlike: _alike,
    YoungPartners: _young,
}
