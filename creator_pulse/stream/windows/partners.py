"""What the partners of identities say about them: how few hold most, how many they are, how young."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.catalog.aggregates import FewPartners, ManyPartners, YoungPartners
from creator_pulse.stream.catalog.rule_conditions import ManyAlike
from creator_pulse.stream.windows.formula import quotient
from creator_pulse.stream.windows.identity_rows import NOBODY, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.catalog.aggregates import Condition
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.people import Numbers, People

    Places = npt.NDArray[np.intp]


class Tested(NamedTuple):
    """Who meets a condition.

    Attributes:
        rows: of the identities.
        what: was looked at.
        figures: of each row, as text.
        bound: as text.
        bounds: of each row, where each has its own.
    """

    rows: Places
    what: str
    figures: list[str]
    bound: str
    bounds: Sequence[str] = ()

    def by_row(self) -> dict[int, tuple[str, str, str]]:
        """Row -> what, figure and bound."""
        bounds = [f"{one}, {self.bound}" for one in self.bounds] or [self.bound] * len(self.rows)
        return {
            row: (self.what, figure, bound)
            for row, figure, bound in zip(self.rows.tolist(), self.figures, bounds, strict=True)
        }


class Partners:
    """Pairs of an identity and a partner.

    Args:
        pairs: by group; the last key is the partner.
    """

    def __init__(self, pairs: Mapping[Labels, People]) -> None:
        self._pairs = pairs

    def of(
        self, group: Labels, known: People, rows: Places, measure: str
    ) -> tuple[Places, dict[str, Numbers]]:
        """Of the pairs with a partner who has an id and a sum: place of the identity in ``rows``, and sums.

        Args:
            group: of the identities.
            known: all of them.
            rows: which are looked at.
            measure: that must have a sum.
        """
        pairs = self._pairs.get(group)
        if pairs is None or not len(rows):
            return np.empty(0, dtype=np.intp), {}
        names = together(known.keys[rows])
        order = np.argsort(names)
        mine = together(pairs.keys[:, : known.keys.shape[1]])
        place = np.minimum(np.searchsorted(names, mine, sorter=order), len(rows) - 1)
        owner = order[place]
        partner = pairs.keys[:, known.keys.shape[1] :]
        there = (names[owner] == mine) & (pairs.sums[measure] > 0) & ~np.isin(partner, NOBODY).any(axis=1)
        return owner[there], {name: one[there] for name, one in pairs.sums.items()}


def tested(condition: Condition, known: People, rows: Places, partners: Partners, group: Labels) -> Tested:
    """Which of some identities meet a condition about their partners.

    Args:
        condition: it.
        known: all identities of the group.
        rows: which are looked at.
        partners: of all groups.
        group: of the identities.
    """
    if isinstance(condition, FewPartners):
        owner, sums = partners.of(group, known, rows, condition.measure)
        return _few(condition, known, rows, owner, sums.get(condition.measure))
    if isinstance(condition, ManyPartners):
        owner, _ = partners.of(group, known, rows, condition.measure)
        return _many(condition, rows, owner)
    if isinstance(condition, ManyAlike):
        owner, sums = partners.of(group, known, rows, condition.measure)
        return _alike(condition, rows, owner, sums.get(condition.measure))
    assert isinstance(condition, YoungPartners)
    owner, sums = partners.of(group, known, rows, condition.count)
    return _young(condition, rows, owner, sums)


def _few(condition: FewPartners, known: People, rows: Places, owner: Places, sums: Numbers | None) -> Tested:
    top = np.zeros(len(rows), dtype=np.int64 if sums is None else sums.dtype)
    if sums is not None:
        order = np.lexsort((-sums, owner))
        first = _first(owner, len(rows))
        rank = np.arange(len(order)) - first[owner[order]]
        chosen = order[rank < condition.count]
        np.add.at(top, owner[chosen], sums[chosen])
    totals = known.sums[condition.measure][rows]
    met = np.flatnonzero(top * 100 > condition.percent * totals)
    what = f"share of the top {condition.count} in {condition.measure}"
    shares = [str(quotient(int(top[one]), int(totals[one])).exact) for one in met]
    return Tested(rows[met], what, shares, f"> {condition.percent} %")


def _many(condition: ManyPartners, rows: Places, owner: Places) -> Tested:
    number = np.bincount(owner, minlength=len(rows))
    met = np.flatnonzero(number >= condition.least)
    what = f"partners in {condition.measure}"
    return Tested(rows[met], what, list(map(str, number[met].tolist())), f">= {condition.least}")


def _alike(condition: ManyAlike, rows: Places, owner: Places, sums: Numbers | None) -> Tested:
    most = np.zeros(len(rows), dtype=np.int64 if sums is None else sums.dtype)
    if sums is not None:
        np.maximum.at(most, owner, sums)
    met = np.flatnonzero(most > condition.bound)
    what = f"most of one size in {condition.measure}"
    return Tested(rows[met], what, list(map(str, most[met].tolist())), f"> {condition.bound}")


def _young(condition: YoungPartners, rows: Places, owner: Places, sums: Mapping[str, Numbers]) -> Tested:
    what, bound = f"median of {condition.total} / {condition.count}", f"< {condition.below}"
    number = np.bincount(owner, minlength=len(rows))
    some = np.flatnonzero(number)
    if not len(some):
        return Tested(rows[:0], what, [], bound)
    means = sums[condition.total] // sums[condition.count]
    order = np.lexsort((means, owner))
    median = means[order][(_first(owner, len(rows)) + (number - 1) // 2)[some]]
    met = np.flatnonzero(median < condition.below)
    return Tested(rows[some[met]], what, list(map(str, median[met].tolist())), bound)


def _first(owner: Places, count: int) -> Places:
    """Where the pairs of each identity begin, once they are in its order."""
    number = np.bincount(owner, minlength=count)
    return np.cumsum(number) - number
