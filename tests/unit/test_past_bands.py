"""What the past shows of what is usual is what a worker would have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.proof.past.history import EvidenceOf, evidence_of
from creator_pulse.proof.past.learning import Signalled
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BEGIN_MS = 1_767_614_400_000
END_MS = BEGIN_MS + 26 * HOUR_MS
LOOKS = [END_MS - HOUR_MS, END_MS - MINUTE_MS, END_MS]
SLOT_MS = 10_000


def samples(folder: Path, last: int = 600_000) -> list[str]:
    """The lines of a day in which 600 s were watched in each slot of ten seconds, but for the last."""
    starts = np.arange(BEGIN_MS, END_MS, SLOT_MS)
    totals = np.full(len(starts), 600_000)
    totals[-1] = last
    of = EvidenceOf(SETTINGS, (BEGIN_MS, END_MS), LOOKS, {}, folder, Reads(expressions()))
    evidence_of("tiktok", [], [Signalled("viewing_ms", ("tiktok", "US"), starts, totals)], of)
    return [line for file in sorted(folder.iterdir()) for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What Prometheus gets of a calm day."""
    return samples(tmp_path_factory.mktemp("bands"))


def values(lines: list[str], family: str) -> dict[float, float]:
    """Epoch seconds -> value, of viewing of the whole app."""
    chosen = (line for line in lines if line.startswith(f"{family}{{"))
    ours = (line for line in chosen if 'signal="viewing"' in line and 'region="all"' in line)
    return {float(line.split()[-1]): float(line.split()[-2]) for line in ours}


def test_what_was_seen_has_a_past(calm: list[str]) -> None:
    """At each look 3,600 s a minute, in milliseconds: six slots of 600 s."""
    assert values(calm, "pulse_seen") == {look / 1000: pytest.approx(3_600_000) for look in LOOKS}


def test_the_band_lies_about_what_is_expected(calm: list[str]) -> None:
    """After a day of the same, as much is expected, within a band that holds it."""
    lower, expected, upper = (values(calm, f"pulse_expected{end}") for end in ("_lower", "", "_upper"))
    assert expected == {look / 1000: pytest.approx(3_600_000, rel=0.01) for look in LOOKS}
    assert all(lower[at] <= expected[at] <= upper[at] for at in expected)


def test_slots_are_closed_with_the_watermark(calm: list[str], tmp_path: Path) -> None:
    """Five seconds behind the look the slot that ends with it is open: a surge in it is not seen."""
    assert SETTINGS.out_of_orderness_ms == 5_000
    assert samples(tmp_path, last=600_000_000) == calm


def test_the_series_are_those_of_the_worker_that_has_the_app(calm: list[str]) -> None:
    """A series goes on over the seam if its labels are the same: merge lane and job."""
    assert all('partition="' in line and 'job="pulse"' in line for line in calm if line[0] != "#")
