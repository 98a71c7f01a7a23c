"""A real Prometheus on samples of the past: what an expression gave at every minute of them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.open_metrics import SampleFiles
from creator_pulse.stream.past.prometheus import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from creator_pulse.proof.backtest.gauges import GaugeKey, GaugeSamples
    from creator_pulse.stream.past.prometheus import PastPrometheus


@asynccontextmanager
async def past_prometheus(
    gauges: GaugeSamples, start: int, evaluations: int, show: Callable[[str], None]
) -> AsyncIterator[PastPrometheus]:
    """Runs a Prometheus that holds these samples.

    Args:
        gauges: the samples.
        start: minute since the epoch of the first evaluation.
        evaluations: how many there are.
        show: takes lines of progress.

    Raises:
        StackError: promtool refuses the samples, or Prometheus does not start.
        MissingPartError: Prometheus or promtool is not installed.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="pulse-backtest-"))
    try:
        data = make_folder(folder / "data", "the samples of the backtest")
        await _write_blocks(gauges, folder, data, show)
        async with serving(folder, data, start, evaluations) as prometheus:
            yield prometheus
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _write_blocks(gauges: GaugeSamples, folder: Path, data: Path, show: Callable[[str], None]) -> None:
    samples = sorted(_samples(gauges), key=lambda sample: sample[:2])
    show(f"writing {len(samples)} samples")
    await make_blocks(await asyncio.to_thread(_written, samples, folder), data)


def _samples(gauges: GaugeSamples) -> Iterable[tuple[int, GaugeKey, float]]:
    for key, minutes, values in gauges.series():
        for minute, value in zip(minutes, values, strict=True):
            yield minute, key, value


def _written(samples: Iterable[tuple[int, GaugeKey, float]], folder: Path) -> list[Path]:
    # Labels of a target would tell nothing here, because alerts are judged without them.
    files = SampleFiles(folder, target=())
    for minute, of_minute in groupby(samples, key=lambda sample: sample[0]):
        files.take(minute * MINUTE_MS, (Sample(*key, value) for _, key, value in of_minute))
    files.close()
    return files.files
