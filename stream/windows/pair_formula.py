"""What flows both ways between two identities, as a share of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stream.windows.each_formula import EachFormula
from stream.windows.formula import NOTHING, Result, quotient
from stream.windows.identity_rows import together

if TYPE_CHECKING:
    from stream.windows.figures import Ranked


class PairFormula(EachFormula):
    """The smaller of the two directions of each pair, by all figures."""

    def _result(self, ranked: Ranked) -> Result:
        return quotient(_both_ways(ranked), ranked.total) if ranked.total else NOTHING


def _both_ways(ranked: Ranked) -> int:
    """The sum of the smaller directions, each pair once; the ids of both sides are of one space."""
    if not len(ranked):
        return 0
    names = together(ranked.keys)
    order = np.argsort(names)
    back = together(ranked.keys[:, ::-1])
    place = order[np.minimum(np.searchsorted(names, back, sorter=order), len(names) - 1)]
    once = (names[place] == back) & (ranked.keys[:, 0] <= ranked.keys[:, 1])
    return int(np.minimum(ranked.figures, ranked.figures[place])[once].sum())
