"""A real Prometheus on samples of the past: what an expression gave at every minute of them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.past.blocks import make_blocks
from creator_pulse.stream.past.prometheus import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from creator_pulse.proof.backtest.gauges import GaugeKey, GaugeSamples
    from creator_pulse.stream.past.prometheus import PastPrometheus

_DAY = 24 * 60


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
    """Samples as OpenMetrics, a file a day: promtool reads the whole file for each block of two hours."""
    samples = sorted(_samples(gauges), key=lambda sample: sample[:2])
    text = folder / "samples.txt"
    for day, of_day in groupby(samples, key=lambda sample: sample[0] // _DAY):
        show(f"writing samples of day {day - samples[0][0] // _DAY + 1}")
        await asyncio.to_thread(text.write_text, open_metrics(of_day), encoding="utf-8")
        await make_blocks((text,), data)


def _samples(gauges: GaugeSamples) -> Iterable[tuple[int, GaugeKey, float]]:
    for key, minutes, values in gauges.series():
        for minute, value in zip(minutes, values, strict=True):
            yield minute, key, value


def open_metrics(samples: Iterable[tuple[int, GaugeKey, float]]) -> str:
    """Samples in the text format of OpenMetrics, family by family.

    Args:
        samples: minute since the epoch, series, value.
    """
    ordered = sorted(samples, key=lambda sample: (sample[1], sample[0]))
    lines = []
    for family, of_family in groupby(ordered, key=lambda sample: sample[1].family):
        lines.append(f"# TYPE {family} gauge")
        for minute, key, value in of_family:
            labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in key.labels)
            lines.append(f"{family}{{{labels}}} {value!r} {minute * 60}")
    return "\n".join([*lines, "# EOF", ""])


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
