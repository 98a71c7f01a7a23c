"""What a run says at its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
from creator_pulse.proof.demo.observer import Observer
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_run_that_compared_nothing_is_not_equal(tmp_path: Path) -> None:
    """Without a record no number was held against the ledger: that is no success."""
    settings = Settings(metrics_port=0)
    workers = Workers(settings, 1, tmp_path, lambda _: None, lambda: None)
    async with asyncio.timeout(10):
        report = await Observer(settings, workers, DeferredLedger(settings, {}), ManualClock()).report()
    assert (report["produced"], report["ledger_equal"]) == (0, False)
