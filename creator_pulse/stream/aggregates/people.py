"""What each identity has: its sums in a window, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.aggregates.keys import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.aggregates.keys import Keys

Numbers = npt.NDArray[np.int64] | npt.NDArray[np.object_]
"""Sums: as Python integers where they may be wide."""


@dataclass(frozen=True, slots=True)
class People:
    """The identities of one group that have any of the sums, in no order.

    For example three viewers: keys of shape (3, 1), and ``sums["gifter_coins"]`` of shape (3,).

    Attributes:
        keys: shape (n, k), a column for each label that names them.
        sums: measure id -> shape (n,).
    """

    keys: Keys
    sums: Mapping[str, Numbers]

    @property
    def somebody(self) -> npt.NDArray[np.bool_]:
        """Who has an id."""
        named = np.ones(len(self.keys), dtype=np.bool_)
        for place in range(self.keys.shape[1]):
            named &= self.keys[:, place] > NOBODY.max()
        return named
