"""The histories in a cache: a folder for each world, rate, seed and length.

So a demo of another length, or of the dense world, leaves the usual demo's history as it is.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from creator_pulse.proof.past.history import OLDEST_MS

if TYPE_CHECKING:
    from pathlib import Path

    from creator_pulse.proof.past.history import HistoryPlan


def folder_of(plan: HistoryPlan, cache: Path) -> Path:
    """The folder of a history, for example ``platform-35d-1000-1``.

    Args:
        plan: parameters of the history.
        cache: folder of all histories.
    """
    return cache / f"{plan.world.name}-{plan.days:g}d-{plan.rate:g}-{plan.seed}"


def drop_stale(cache: Path, now_ms: int) -> None:
    """Remove the histories that nobody went on with for so long that they would be made anew.

    Args:
        cache: folder of all histories; it need not exist.
        now_ms: epoch ms.
    """
    for path in cache.glob("*"):
        # Each start writes into its folder.
        if now_ms - path.stat().st_mtime * 1000 > OLDEST_MS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
