"""What identities are in, and how they stand among others with as many viewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.windows.figures import RATIO_SCALE
from creator_pulse.stream.windows.formula import quotient
from creator_pulse.stream.windows.identity_rows import together
from creator_pulse.stream.windows.partners import Tested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.catalog.rule_conditions import AbovePeers, Below
    from creator_pulse.stream.windows.figures import Figure
    from creator_pulse.stream.windows.people import People

    Places = npt.NDArray[np.intp]

_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)


def below(
    condition: Below, figure: Figure, known: People, rows: Places, around: People | None, names: Sequence[int]
) -> Tested:
    """Which of some identities are in something whose figure is below a bound.

    Args:
        condition: it.
        figure: of what they are in.
        known: all identities of the group.
        rows: which are looked at.
        around: what they may be in; None where nothing is known of any.
        names: which of the identities' keys name what they are in.
    """
    what, bound = "+".join(condition.of.measures), f"< {condition.bound}"
    if around is None or not len(rows):
        return Tested(rows[:0], what, [], bound)
    told = np.flatnonzero(np.asarray(around.sums[condition.known] > 0, dtype=np.bool_))
    figures, there = figure.of(around.sums, told)
    low = figures < condition.bound * figure.scale
    figures, there = figures[low], there[low]
    if not len(there):
        return Tested(rows[:0], what, [], bound)
    ids = together(around.keys[there])
    order = np.argsort(ids)
    mine = together(known.keys[rows][:, names])
    place = order[np.minimum(np.searchsorted(ids, mine, sorter=order), len(ids) - 1)]
    met = np.flatnonzero(ids[place] == mine)
    texts = [str(quotient(int(figures[one]), figure.scale).exact) for one in place[met].tolist()]
    return Tested(rows[met], what, texts, bound)


def above_peers(condition: AbovePeers, known: People, rows: Places, somebody: Places) -> Tested:
    """Which of some identities are above what is usual for as large a mean.

    Args:
        condition: it.
        known: all identities of the group.
        rows: which are looked at.
        somebody: those of the group who have an id.
    """
    sums, total, number = (known.sums[name][somebody].astype(object) for name in condition.measures)
    there = np.flatnonzero(((sums > 0) & (number > 0)).astype(np.bool_))
    sums, total, number = sums[there], total[there], number[there]
    figures = sums * number * RATIO_SCALE // np.maximum(total, number)
    size = np.searchsorted(_POWERS, (total // number).astype(np.int64), side="right")
    bounds = np.empty(len(there), dtype=object)
    for one in np.unique(size).tolist():
        peers = size == one
        bounds[peers] = _bound(condition, figures[peers])
    over = np.flatnonzero((figures > bounds).astype(np.bool_))
    over = over[np.isin(somebody[there[over]], rows)]
    what = f"{condition.of} / mean of {condition.total}"
    texts = [str(quotient(int(figures[one]), RATIO_SCALE).exact) for one in over.tolist()]
    shown = [f"> {quotient(int(bounds[one]), RATIO_SCALE).exact}" for one in over.tolist()]
    return Tested(somebody[there[over]], what, texts, f"p{condition.permille / 10:g} of its size", shown)


def _bound(condition: AbovePeers, figures: npt.NDArray[np.object_]) -> int:
    if len(figures) < condition.least:
        return condition.bound * RATIO_SCALE
    return int(np.sort(figures)[(len(figures) - 1) * condition.permille // 1000])
