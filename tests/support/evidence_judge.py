"""Judges evidence on counts with known truth: false alarms a year, and seconds until a fall is seen.

``python -m tests.support.evidence_judge`` prints the table of ``docs/alerting.md``; it takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
from copy import deepcopy
from itertools import product

import numpy as np

from creator_pulse.stream.catalog.declaration.signals import Signal
from creator_pulse.stream.evidence.evidence import Evidence
from creator_pulse.stream.evidence.history import BLOCK_MS, RING, WEEK
from tests.support.evidence_world import DAY_MS, Case, World

BARS = (5, 8, 10, 12)
LOSSES = (1.0, 0.5, 0.3)
TRIAL_MS, BETWEEN_TRIALS = 35 * 60_000, 199
START_MS = 20_001 * DAY_MS
AGAIN_BLOCKS = 6
"""Blocks of silence after which an alarm is another one."""


class Judged:
    """One world and its evidence.

    Args:
        cases: a series each.
        seed: of the world.
        step_ms: length of a slot.
    """

    def __init__(self, cases: list[Case], seed: int, step_ms: int) -> None:
        self.step_ms = step_ms
        self.world = World(cases, seed, step_ms)
        self.names = [f"s{place}" for place in range(len(cases))]
        signals = [Signal(name, topic="gift", tool="gift", count=name, help=name) for name in self.names]
        self.evidence = Evidence(signals, "app", step_ms=step_ms)
        self.time = START_MS

    def play(self) -> np.ndarray:
        """Count and close one block; return the highest fast score of each series in it."""
        begin = self.time
        for _ in range(BLOCK_MS // self.step_ms):
            self._count(1.0)
        self.evidence.close("gift", self.time)
        peak = self.evidence._topics["gift"].rings.peak[0, :, begin // BLOCK_MS % RING]
        return np.abs(peak)

    def seconds_to(self, loss: float) -> np.ndarray:
        """Of a copy: seconds until each bar by bar and series; NaN where it is not reached."""
        trial, scores = deepcopy(self), []
        for _ in range(TRIAL_MS // self.step_ms):
            trial._count(1 - loss)
            trial.evidence.close("gift", trial.time)
            scores.append([each.score for each in trial.evidence.verdicts() if each.speed == "fast"])
        above = np.array(scores)[None] > np.array(BARS)[:, None, None]
        first = (above.argmax(axis=1) + 1) * self.step_ms / 1000
        return np.where(above.any(axis=1), first, np.nan)

    def _count(self, left: float) -> None:
        counts = self.world.counts(self.world.level(self.time - START_MS) * left)
        for name, total in zip(self.names, counts.tolist(), strict=True):
            self.evidence.add(name, "", self.time, total)
        self.time += self.step_ms


def main() -> None:
    """Print one line a kind of series."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=float, default=3.0, help="that are judged, after four that teach")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", type=int, default=2, help="of each kind")
    asked = parser.parse_args()
    kinds = list(product((1, 5, 30), (100, 1_000, 10_000), (True, False)))
    cases = [Case(rate, phi, dips=dips) for phi, rate, dips in kinds for _ in range(asked.series)]
    judged = Judged(cases, asked.seed, 60_000)
    quiet = np.full((len(BARS), len(cases)), AGAIN_BLOCKS)
    alarms = np.zeros((len(BARS), len(cases)))
    seconds: dict[float, list[np.ndarray]] = {loss: [] for loss in LOSSES}
    for block in range(int((4 + asked.weeks) * WEEK)):
        peak = judged.play()
        if block < 4 * WEEK:
            continue
        above = peak > np.array(BARS)[:, None]
        alarms += above & (quiet >= AGAIN_BLOCKS)
        quiet = np.where(above, 0, quiet + 1)
        if block % BETWEEN_TRIALS == 0:
            for loss in LOSSES:
                seconds[loss].append(judged.seconds_to(loss))
    years = asked.series * asked.weeks * 7 / 365.25
    for place, (phi, rate, dips) in enumerate(kinds):
        mine = slice(place * asked.series, (place + 1) * asked.series)
        a_year = (alarms[:, mine].sum(axis=1) / years).round(1).tolist()
        line = [f"phi {phi}, {rate} a minute, {'dips' if dips else 'no dips'}: false a year {a_year}"]
        for loss, trials in seconds.items():
            times = np.stack(trials)[..., mine]
            share = (~np.isnan(times)).mean(axis=(0, 2)).round(2).tolist()
            times_there = [each[~np.isnan(each)] for each in np.moveaxis(times, 1, 0)]
            medians = [float(np.median(each)) if len(each) else None for each in times_there]
            line.append(f"-{loss:.0%} found {share}, median s {medians}")
        sys.stdout.write("; ".join(line) + "\n")


if __name__ == "__main__":
    main()
