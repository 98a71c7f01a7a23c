"""Pairs of an identity and a partner, and what all conditions have in common that look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.keys import NOBODY, together
from creator_pulse.stream.aggregates.rules.rule import RuleCondition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.people import Numbers, People
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels
    from creator_pulse.stream.aggregates.rules.rule import Places, Tried


class PairCondition(RuleCondition):
    """A condition on the pairs of an identity with its partners.

    Its measures have one identity label more than the rule, the partner; with ``Measure.bucket`` a size
    stands in its place.
    """

    __slots__ = ()

    def beside(self, window: Reading, by: tuple[str, ...]) -> Mapping[Labels, People]:
        """The pairs of each group; the last key of one is the partner.

        Args:
            window: whose sums are read.
            by: labels of the identities.
        """
        partner = (label for label in window.keys_of(self.measures[0]) if label not in by)
        return window.people((*by, *partner), self.measures)


def partners_of(tried: Tried, measure: str) -> tuple[Places, dict[str, Numbers]]:
    """Of the pairs with a partner who has an id and a sum: place of the identity in ``tried.rows``, and sums.

    Args:
        tried: identities, with the pairs beside.
        measure: that must have a sum.
    """
    beside, people, rows = tried.beside, tried.people, tried.rows
    if beside is None or not len(rows):
        return np.empty(0, dtype=np.intp), {}
    names = together(people.keys[rows])
    order = np.argsort(names)
    mine = together(beside.keys[:, : people.keys.shape[1]])
    place = np.minimum(np.searchsorted(names, mine, sorter=order), len(rows) - 1)
    owner = order[place]
    partner = beside.keys[:, people.keys.shape[1] :]
    there = (names[owner] == mine) & (beside.sums[measure] > 0) & ~np.isin(partner, NOBODY).any(axis=1)
    return owner[there], {name: column[there] for name, column in beside.sums.items()}


def first_of(owner: Places, count: int) -> Places:
    """Where the pairs of each identity begin, once they are in its order.

    Args:
        owner: place of the identity of each pair.
        count: number of identities, larger than every owner.
    """
    number = np.bincount(owner, minlength=count)
    return np.cumsum(number) - number
