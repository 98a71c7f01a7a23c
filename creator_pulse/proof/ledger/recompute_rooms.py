"""Rules that look beyond somebody's own sums, recomputed from the ledger's lines: rooms and their peers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declare import Ratio
from creator_pulse.stream.catalog.registry import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.catalog.rule_conditions import AbovePeers, Below

Labels = tuple[str, ...]
Cells = dict[tuple[str, Labels], int]


def is_of(measure: str, by: Iterable[str]) -> bool:
    """Whether a measure tells of identities with these labels."""
    return set(by) <= set(MEASURES[measure].labels)


def within_low(condition: Below, by: Labels, who: Iterable[Labels], cells: Cells) -> set[Labels]:
    """Which identities are in something that is known and below the bound.

    Args:
        condition: the bound.
        by: labels of the rule.
        who: the identities.
        cells: sums of the group.
    """
    sums = _sums(condition.by, condition.measures, cells)
    low = {
        around
        for around, own in sums.items()
        if own.get(condition.known, 0) > 0
        and (figure := _figure(condition, own)) is not None
        and figure < condition.bound
    }
    return {one for one in who if _part(one, by, condition.by) in low}


def odd_among_peers(condition: AbovePeers, by: Labels, who: Iterable[Labels], cells: Cells) -> set[Labels]:
    """Which identities have far more by the mean of their readings than those with as large a mean.

    Args:
        condition: the quantile.
        by: labels of the rule.
        who: the identities.
        cells: sums of the group.
    """
    sums, wanted = _sums(by, condition.measures, cells), set(who)
    sizes: dict[int, dict[Labels, Fraction]] = {}
    for one, own in sums.items():
        total, number, given = (
            own.get(name, 0) for name in (condition.total, condition.number, condition.of)
        )
        if one in wanted and number > 0 and given > 0:
            mean = max(Fraction(1), Fraction(total, number))
            sizes.setdefault(len(str(int(mean))), {})[one] = given / mean
    found: set[Labels] = set()
    for peers in sizes.values():
        bound = Fraction(condition.bound)
        if len(peers) >= condition.least:
            bound = sorted(peers.values())[(len(peers) - 1) * condition.permille // 1000]
        found |= {one for one, figure in peers.items() if figure > bound}
    return found


def _sums(by: Labels, measures: Iterable[str], cells: Cells) -> dict[Labels, dict[str, int]]:
    found: dict[Labels, dict[str, int]] = {}
    wanted = set(measures)
    for (measure, labels), total in cells.items():
        if measure in wanted:
            named = dict(zip(MEASURES[measure].labels, labels, strict=True))
            own = found.setdefault(tuple(named[name] for name in by), {})
            own[measure] = own.get(measure, 0) + total
    return found


def _figure(condition: Below, own: Mapping[str, int]) -> Fraction | None:
    of = condition.of
    if not isinstance(of, Ratio):
        return Fraction(sum(weight * own.get(name, 0) for name, weight in of.terms.items()))
    top, bottom = (
        sum(weight * own.get(name, 0) for name, weight in part.terms.items()) for part in (of.num, of.den)
    )
    return Fraction(top * of.factor, bottom) if bottom > 0 else None


def _part(who: Labels, by: Labels, wanted: Labels) -> Labels:
    return tuple(who[by.index(name)] for name in wanted)
