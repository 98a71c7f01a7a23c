"""What flows both ways between two identities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.definition import Definition
from creator_pulse.stream.aggregates.figures import ranked_of
from creator_pulse.stream.aggregates.keys import together
from creator_pulse.stream.aggregates.over_each import OverEach
from creator_pulse.stream.aggregates.result import NOTHING, quotient

if TYPE_CHECKING:
    import numpy.typing as npt

    from creator_pulse.stream.aggregates.figures import Ranked
    from creator_pulse.stream.aggregates.keys import Keys
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels, Result


@dataclass(frozen=True, slots=True)
class Reciprocal(OverEach):
    """The share of the figures of pairs that flows both ways: the smaller of the two directions, once.

    For example a gave 10 to b, and b 4 to a: 4 of 14 flow both ways.

    A gift to oneself flows both ways.
    """

    def definition(self) -> Definition:
        """How the number is computed."""
        return Definition(
            "share of pairs",
            "sum over unordered pairs a, b of the smaller of what a gave b and b gave a; a to a counts whole",
            "all figures together, nobody's included",
            self.each.text,
            high=1,
        )

    def results(self, window: Reading) -> dict[Labels, Result]:
        """The share of each group; of no figures at all there is none."""
        return {
            group: quotient(_both_ways(ranked), ranked.total) if ranked.total else NOTHING
            for group, ranked in ranked_of(window, self.each, whole=True).items()
        }


def _both_ways(ranked: Ranked) -> int:
    """The sum of the smaller directions, each pair once; the ids of both sides are of one space."""
    if not len(ranked):
        return 0
    # Few ids stand on both sides, and only a pair of such flows both ways.
    rows = _among(ranked.keys[:, 1], np.unique(ranked.keys[:, 0]))
    keys, figures = ranked.keys[rows], ranked.figures[rows]
    if not len(keys):
        return 0
    # One hash for (a, b); `back` has that of (b, a) in the row of (a, b).
    names = together(keys)
    order = np.argsort(names)
    back = together(keys[:, ::-1])
    # place[i] is the row of the reverse of row i if there is one, else any row.
    place = order[np.minimum(np.searchsorted(names, back, sorter=order), len(names) - 1)]
    # Of (a, b) and (b, a) the one with the smaller id first; (a, a) is its own reverse.
    once = (names[place] == back) & (keys[:, 0] <= keys[:, 1])
    return int(np.minimum(figures, figures[place])[once].sum())


def _among(ids: Keys, rising: Keys) -> npt.NDArray[np.bool_]:
    """Which ids are among others; ``np.isin`` would sort them all."""
    contained: npt.NDArray[np.bool_] = (
        rising[np.minimum(np.searchsorted(rising, ids), len(rising) - 1)] == ids
    )
    return contained
