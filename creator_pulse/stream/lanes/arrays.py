"""Columns of a batch, by record: the types that lanes pass on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
"""Shape (n,), epoch ms."""
Mask = npt.NDArray[np.bool_]
"""Shape (n,)."""
Indexes = npt.NDArray[np.intp]
"""Shape (m,): places of some of the records, rising."""
Rates = dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]]
"""Column -> the rate of each row (0 if there is none), and whether there is one."""
