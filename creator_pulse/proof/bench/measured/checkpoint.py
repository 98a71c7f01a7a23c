"""``checkpoint``: 100,000 dirty entries at once, and how long input stands still meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.bench.figures import OURS, FigureRow, spread
from creator_pulse.proof.bench.gift_plan import GiftPlan
from creator_pulse.proof.bench.ours import run_ours
from creator_pulse.proof.bench.prepared import end_offsets, prepare_gifts
from creator_pulse.proof.bench.rounds import rounds
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.proof.bench.watch import ProgressSample, Watch

_LOOK_SECONDS = 0.25
_COMMIT = "pulse_lane_checkpoint_seconds"


@dataclass
class _Figures:
    """One figure per run.

    Attributes:
        entries: size of the largest checkpoint, all lanes together.
        seconds: longest commit of a lane.
        gaps: longest time without a committed input record, seconds.
    """

    entries: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)


async def checkpoint(bench: Bench) -> dict[str, object]:
    """Gifts of 100,000 creators within one minute, so that each checkpoint changes most creators' sums.

    Returns:
        ``entries`` of the largest checkpoint (records of the changelog within a second, all lanes),
        ``commit_seconds`` of the slowest lane, ``input_gap_seconds``, and the row of the runs.
    """
    plan = GiftPlan(bench.size(2_000_000, 20_000), bench.size(100_000, 1_000), span_ms=60_000)
    await prepare_gifts(bench, plan)
    figures = _Figures()
    beside = partial(_observe, figures, plan.records)
    _, rows = await rounds(bench, {OURS: partial(run_ours, bench, plan, beside=beside)})
    report: FigureRow = {
        "entries": spread(figures.entries),
        "commit_seconds": spread(figures.seconds, 3),
        "input_gap_seconds": spread(figures.gaps, 2),
    }
    return (report if figures.entries else {}) | {"run": rows[OURS]}


async def _observe(figures: _Figures, records: int, watch: Watch) -> None:
    """Watch commits and the changelog until cancelled."""
    settings, (worker,) = watch.settings, watch.workers
    await worker.until_owned()
    changelog = settings.changelog(PANE_TOPIC)
    entries, seconds, before = 0, 0.0, 0
    try:
        while True:
            written = sum((await end_offsets(settings, changelog, settings.merge_partitions)).values())
            entries, before = max(entries, written - before), written
            commits = [sample.value for sample in await worker.samples() if sample.name == _COMMIT]
            seconds = max([seconds, *commits])
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        figures.entries.append(entries)
        figures.seconds.append(seconds)
        figures.gaps.append(longest_gap(watch.progress, records))


def longest_gap(progress: Sequence[ProgressSample], end: int) -> float:
    """The longest time without a committed record, from the first to the last, in seconds.

    Args:
        progress: in order of time.
        end: number of records in the topic.
    """
    moved_at, gap, before = None, 0.0, 0
    for sample in progress:
        committed = sum(sample.committed.values())
        if committed > before:
            gap = max(gap, sample.at - moved_at) if moved_at is not None else gap
            moved_at, before = sample.at, committed
        if committed >= end:
            break
    return gap
