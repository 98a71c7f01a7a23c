"""The odd records of ``pulse bench odd`` are what their rows say."""

from __future__ import annotations

import pytest

from creator_pulse.proof.bench.measured.odd import ratio
from creator_pulse.proof.bench.odd_records import KINDS, Odd, batches
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import Topology
from tests.support.hash_key import HASH_KEY

COUNT = 500


def outcomes(kind: Odd, *, odd: bool) -> dict[str, float]:
    """Outcome -> records, of some records of a kind or of plain ones."""
    lane = Topology(Settings(), HASH_KEY).source_lane(kind.topic)
    for batch in batches(kind.topic, COUNT, kind.odd if odd else None):
        lane.apply(batch)
    samples = lane.snapshot().samples
    found = {
        dict(sample.labels)["outcome"]: sample.value
        for sample in samples
        if sample.family == "pulse_records_total"
    }
    return {outcome: number for outcome, number in found.items() if number}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_record_is_odd_in_its_way(kind: Odd) -> None:
    """All but the first: late, progress, invalid for want of a rate, or counted like any other."""
    wanted = "counted"
    if kind.name.startswith("late"):
        wanted = "late"
    elif "currency" in kind.name:
        wanted = "invalid"
    elif "streak" in kind.name:
        wanted = "progress"
    expected = {"counted": COUNT} if wanted == "counted" else {"counted": 1, wanted: COUNT - 1}
    assert outcomes(kind, odd=True) == expected


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_plain_records_are_counted(kind: Odd) -> None:
    """Of each topic."""
    assert outcomes(kind, odd=False) == {"counted": COUNT}


def test_the_ratio_is_of_both_lanes_together() -> None:
    """3 + 1 microseconds, and 5 + 7."""
    assert ratio(({"source": 3.0, "merge": 1.0}, {"source": 5.0, "merge": 7.0})) == 3.0
