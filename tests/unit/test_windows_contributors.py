"""Contributors in merge lanes: through crashes, as series, and of injected faults."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.contributors.explanation import what
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.explained_fault import FAULTS, Fault, Played
from tests.support.lane_harness import MERGES, SMALL, SOURCES, Harness, traffic

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced

_PREFIX = b"w"
"""Begins the keys of contributors in a changelog."""


async def entries(records: list[Produced], dies: bool) -> tuple[dict[bytes, bytes], dict[str, bytes]]:
    """Changelog entries and live views of contributors after some records; merge lanes may die meanwhile."""
    harness = Harness(records, msgspec.structs.replace(SMALL, idle_after=86_400))
    await harness.open()
    await harness.drain(SOURCES, 200)
    await harness.drain(MERGES, 7, dies=dies)
    written: dict[bytes, bytes] = {}
    for key, value in harness.records(harness.settings.changelog(PANE_TOPIC)):
        if key is not None and key[:1] == _PREFIX:
            written.pop(key, None)
            if value is not None:
                written[key] = value
    # Views are made now and then: those of lanes that are opened anew are of this very state.
    await harness.open(*MERGES)
    views = {
        key: view
        for place in MERGES
        if (committed := harness.runners[place].committed) is not None
        for key, view in committed.views.items()
        if key.startswith("name=contributors|")
    }
    return written, views


def test_contributors_survive_crashes_to_the_byte() -> None:
    """Killed after every other batch, before, within and after the commit: the same entries and views."""
    records = traffic(3, 4.0, 1_500)
    alive, dying = (asyncio.run(entries(records, dies)) for dies in (False, True))
    assert len(alive[0]) > 50
    assert alive[1]
    assert dying == alive


@cache
def played(fault: Fault) -> Played:
    """A run of 35 minutes, of which the last 10 have the fault."""
    return Played(fault, 1, 40.0, (35, 25, 35))


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS[::2], ids=lambda fault: fault.scenario)
def test_an_injected_fault_is_explained_by_its_label(fault: Fault) -> None:
    """What was broken comes first, and it alone stands out."""
    explanation = played(fault).explanation()
    assert explanation is not None
    standing_out = [what(each.labels) for each in explanation.contributors if each.stands_out]
    assert standing_out == [fault.first]


@pytest.mark.slow
def test_contributors_have_series_only_while_something_is_unusual() -> None:
    """In US all top-ups fail: its share of the change is shown, of signals that are as usual nothing is."""
    samples = [
        dict(sample.labels) | {"share": str(sample.value)}
        for lane in played(FAULTS[0]).lanes
        for sample in lane.snapshot().samples
        if sample.family == "pulse_contributor_ratio"
    ]
    assert {(labels["signal"], labels["app"], labels["rank"]) for labels in samples} == {
        ("topups_failed", "tiktok", "1")
    }
    assert samples[0]["what"] == "region US"
    assert float(samples[0]["share"]) > 0.9
