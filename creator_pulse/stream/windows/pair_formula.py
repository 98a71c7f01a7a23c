"""What flows both ways between two identities, as a share of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.windows.each_formula import EachFormula
from creator_pulse.stream.windows.formula import NOTHING, Result, quotient
from creator_pulse.stream.windows.identity_rows import together

if TYPE_CHECKING:
    import numpy.typing as npt

    from creator_pulse.stream.windows.figures import Ranked
    from creator_pulse.stream.windows.identity_rows import Keys


class PairFormula(EachFormula):
    """The smaller of the two directions of each pair, by all figures."""

    def _result(self, ranked: Ranked) -> Result:
        return quotient(_both_ways(ranked), ranked.total) if ranked.total else NOTHING


def _both_ways(ranked: Ranked) -> int:
    """The sum of the smaller directions, each pair once; the ids of both sides are of one space."""
    if not len(ranked):
        return 0
    # Few ids stand on both sides, and only a pair of such flows both ways.
    rows = _among(ranked.keys[:, 1], np.unique(ranked.keys[:, 0]))
    keys, figures = ranked.keys[rows], ranked.figures[rows]
    if not len(keys):
        return 0
    names = together(keys)
    order = np.argsort(names)
    back = together(keys[:, ::-1])
    place = order[np.minimum(np.searchsorted(names, back, sorter=order), len(names) - 1)]
    once = (names[place] == back) & (keys[:, 0] <= keys[:, 1])
    return int(np.minimum(figures, figures[place])[once].sum())


def _among(ids: Keys, rising: Keys) -> npt.NDArray[np.bool_]:
    """Which ids are among others; ``np.isin`` would sort them all."""
    found: npt.NDArray[np.bool_] = rising[np.minimum(np.searchsorted(rising, ids), len(rising) - 1)] == ids
    return found
