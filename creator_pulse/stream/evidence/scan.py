"""The score: a scan of likelihood ratios over windows that end now.

Of a window in which ``m`` were expected and ``s`` were seen, the generalised likelihood ratio of a Poisson
count whose mean has changed to ``s`` is ``m - s + s ln(s / m)`` (Hoehle and Paul 2008). Counts
scatter more than that: their variance is ``phi m + (c m)^2``, where phi is what bursts make of each count,
and c is how far the true level strays by itself. Divided by the variance over m, a ratio of such counts is
one of the Poisson kind (quasi-likelihood). For a part ``k`` of ``n`` the ratio is that of a binomial. The
largest of the windows is the score. It has no memory: the same slots give the same score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FAST_MS = tuple(1_000 * s for s in (10, 20, 30, 60, 120, 180, 300, 600, 1_200, 1_800, 3_600))
"""Lengths of the fast windows."""
SLOW_BLOCKS = (36, 72, 144, 288)
"""Lengths of the slow windows in blocks of five minutes: 3, 6, 12 and 24 hours."""
TAIL_PART = 10
"""The newest tenth of a window must be off as well."""
TAIL_MS = (20_000, 180_000)
"""The tail of a fast window: at least, as a single slot says little; at most, so that recovery shows soon."""
TAIL_BLOCKS = 6
"""The tail of a slow window at most, in blocks: half an hour."""
ENDED = 3.0
"""Evidence that a change has ended by which it has: twenty to one."""
_DIGITS = 6


def count_gain(counted: Floats, usual: Floats, phi: Floats, stray: Floats) -> Floats:
    """The evidence that counts are of another mean: 100 / (phi + 100 c^2) if 0 are seen of 100.

    Args:
        counted: actual counts, 0 or more, of any shape.
        usual: their means, above 0.
        phi: variance by mean, from minute to minute.
        stray: c, the relative spread of the mean.
    """
    mean = np.maximum(usual, 1e-9)
    # The last term is 0 if nothing is counted, because s ln s goes to 0 with s.
    ratio = mean - counted + counted * np.log(np.maximum(counted, 1e-9) / mean)
    return np.round(ratio / (phi + stray * stray * mean), _DIGITS)


def still_gain(seen: Floats, usual: Floats, ratio: Floats) -> Floats:
    """The evidence that the newest part of a window is as far off as the whole, against being as usual.

    The logarithm of the ratio of both Poisson likelihoods, before it is divided by how counts scatter; it is
    0 where as much was seen as halfway between, below 0 where it is more like the usual.

    Args:
        seen: counts of the newest part, from 0.
        usual: their means, above 0.
        ratio: the count of the whole window, divided by its mean; above 0.
    """
    return seen * np.log(ratio) + usual * (1 - ratio)


def share_gain(part: Floats, whole: Floats, usual: Floats, phi: Floats, stray: Floats) -> Floats:
    """The evidence that parts of a whole are of another share.

    Args:
        part: counts, from 0 to the whole.
        whole: counts of the denominator, 0 or more.
        usual: how many parts are usual, above 0 and below the whole.
        phi: variance by that of a binomial.
        stray: c, the relative spread of the share.
    """
    most = np.maximum(whole, 1e-9)
    # Both logarithms stay finite, even if a share of 0 or of 1 is usual.
    mean = np.clip(usual, 1e-9, most * 0.999_999)
    rest, usual_rest = most - part, most - mean
    ratio = part * np.log(np.maximum(part, 1e-9) / mean)
    ratio = ratio + rest * np.log(np.maximum(rest, 1e-9) / usual_rest)
    return np.round(np.maximum(ratio, 0.0) / (phi + stray * stray * mean * most / usual_rest), _DIGITS)
