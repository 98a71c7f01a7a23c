"""A history that somebody stops leaves nothing half-made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.past.calibration import AT_MS
from creator_pulse.proof.past.history import HistoryPlan, PastStages, ready
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_what_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while the first days are made: no entries, no blocks, no samples, and the demo is told."""
    said: list[str] = []

    async def stopped() -> object:
        stop = asyncio.Event()
        stop.set()
        plan = HistoryPlan(Settings(), PLATFORM, 100.0, 1, 0.5)
        stages = PastStages(asyncio.Event(), asyncio.get_running_loop().create_future())
        return await ready(plan, tmp_path, lambda: AT_MS, said.append, said.append, stop, stages)

    assert asyncio.run(stopped()) is None
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".lock"]
    assert said[-1] == "stopped: of the unfinished history nothing is left"
