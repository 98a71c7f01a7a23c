"""Every value of the catalogue, against the ledger, over thirty-six days at the edges of every rule.

Finals and restatements are compared at the end, provisional results at the end of two of the days.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.fields import OUTCOMES
from creator_pulse.stream.catalog.registry import VALUES
from tests.support.edge_world import APPS, BUSY_DAYS, DAYS, EMPTY_DAY, ENTRIES, SETTINGS, EdgeWorld
from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT
from tests.support.lane_harness import Harness
from tests.support.newest_windows import differing_provisionals
from tests.support.stated_values import Stated

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced

pytestmark = pytest.mark.slow
CASES = sorted({(value.name, window) for value in VALUES for window in value.windows})
LOOKED_AT = (9, 22)
"""Days at whose end provisional results are compared, the second one the first of a month."""


class Run:
    """What the lanes made of the days.

    Attributes:
        harness: read to its end.
        stated: finals and restatements, and where they differ from the ledger.
        provisional: by day, where provisional results differ, and how many were compared.
    """

    def __init__(self) -> None:
        self.harness = Harness((), SETTINGS, entries=ENTRIES)
        self.provisional: dict[int, tuple[list[str], int]] = {}
        asyncio.run(self._read())
        self.stated = Stated(self.harness)

    async def _read(self) -> None:
        world = EdgeWorld()
        await self.harness.open()
        for day, records in enumerate(world.days()):
            await self._take(records)
            if day in LOOKED_AT:
                # What takes long to make is made again with the next five minutes of event time.
                await self._take(world.until(MIDNIGHT + day * DAY_MS + HOUR_MS))
                self.provisional[day] = differing_provisionals(self.harness)

    async def _take(self, records: list[Produced]) -> None:
        self.harness.append(records)
        await self.harness.run(200, tick=5)


@pytest.fixture(scope="module")
def run() -> Run:
    """The days, read once."""
    return Run()


@cache
def event_times() -> Counter[tuple[str, int]]:
    """How many records each topic has of each time, ms."""
    records = (record for day in EdgeWorld().days() for record in day)
    return Counter((record.topic, _time(record)) for record in records)


def _time(one: Produced) -> int:
    try:
        return int(json.loads(one.value or b"")["event_time"])
    except ValueError:
        return 0


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize(
    "topic", ["gift", "ad", "purchase", "watch", "engagement", "reward", "payout", "content"]
)
def test_records_stand_on_both_sides_of_the_ends_of_days(topic: str, app: str) -> None:
    """A millisecond before the hour at which a day of the app ends, and in that very millisecond."""
    ends = [MIDNIGHT + day * DAY_MS - APPS[app] * HOUR_MS for day in BUSY_DAYS - {EMPTY_DAY}]
    assert any(event_times()[topic, end - 1] for end in ends)
    assert any(event_times()[topic, end] for end in ends)


def test_there_are_thirty_six_days_and_the_end_of_a_month() -> None:
    """Gifts come on each of them; the 22nd day after the first is the first of November."""
    days = {(time - MIDNIGHT) // DAY_MS for topic, time in event_times() if topic == "gift"}
    assert set(range(DAYS + 1)) <= days
    assert datetime.fromtimestamp((MIDNIGHT + 22 * DAY_MS) / 1000, UTC).day == 1


def test_every_outcome_and_every_lateness_occurs(run: Run) -> None:
    """Records of each outcome, and late ones up to 2 h, 24 h, 72 h and beyond."""
    truth = run.harness.ledger.truth
    assert {name for outcomes in truth.outcomes.values() for name in outcomes} == set(OUTCOMES)
    parts = [parts for (name, *_), parts in truth.windows.items() if name == "gifts"]
    # The first part is in time; then come the late ones by how late they are.
    assert all(any(part[place] for part in parts) for place in range(5))


@pytest.mark.parametrize("day", LOOKED_AT)
def test_provisional_results_are_the_ledgers(day: int, run: Run) -> None:
    """Of every newest window, late records included."""
    differing, compared = run.provisional[day]
    assert differing == []
    assert compared > len(CASES)


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_the_ledgers(name: str, window: str, run: Run) -> None:
    """Every final and restatement, of both apps."""
    assert run.stated.differing[name, window] == []


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_not_always_zero(name: str, window: str, run: Run) -> None:
    """What is compared is not nothing: some window has a number other than 0."""
    numbers = [
        float(result["value"]) for result in run.stated.results[name, window] if result["value"] is not None
    ]
    assert any(numbers)
