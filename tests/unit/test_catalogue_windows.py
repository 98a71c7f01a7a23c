"""Every value of the catalogue in each of its windows, against the ledger, over a day of odd events."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from stream.catalog.declare import WINDOWS, Ratio, Sum
from stream.catalog.registry import VALUES
from stream.events.topics import TOPICS
from stream.synthetic.verify_windows import verify_windows
from tests.support.lane_harness import SMALL, Harness
from tests.support.odd_bursts import burst, last_word

if TYPE_CHECKING:
    from stream.synthetic.verify import Difference

BURSTS = (0, 1, 24, 26)
"""Hours at which events of every type come, close together; the last two leave the first day behind."""
EACH = 16
"""Events of a type in a burst."""
END_HOUR = 29
pytestmark = pytest.mark.slow
SETTINGS = msgspec.structs.replace(SMALL, regions={"tiktok": ("US",), "douyin": ("CN",)})
CASES = sorted(
    {(value.name, window) for value in VALUES for window in value.windows if not WINDOWS[window].runs}
)
"""Those of business days are in test_catalogue_days.py."""
SUMS = {value.name for value in VALUES if isinstance(value.formula, Sum | Ratio)}


@pytest.fixture(scope="module")
def harness() -> Harness:
    """The day, read to its end."""
    return asyncio.run(read())


async def read() -> Harness:
    """Write the day and read it."""
    rng = Random(7)
    records = [one for topic in TOPICS for hour in BURSTS for one in burst(topic, hour, EACH, rng)]
    ends = (one for topic in TOPICS for one in last_word(topic, END_HOUR, rng))
    harness = Harness([*records, *ends], SETTINGS)
    await harness.open()
    await harness.run(40, tick=SETTINGS.restate_interval + 1)
    return harness


@pytest.fixture(scope="module")
def stated(harness: Harness) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Name and window -> the results that were written, but for provisional ones."""
    found = defaultdict(list)
    for _, record in harness.windows():
        if record["state"] != "provisional":
            found[record["name"], record["window"]].append(record)
    return found


@pytest.fixture(scope="module")
def differing(harness: Harness) -> dict[tuple[str, str], list[Difference]]:
    """Name and window -> what differs from the ledger."""
    found = defaultdict(list)
    for one in verify_windows(harness.ledger.truth, SETTINGS, harness.windows()):
        name, window, *_ = one.series.split(" ")
        found[name, window].append(one)
    return found


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_the_ledgers(
    name: str,
    window: str,
    differing: dict[tuple[str, str], list[Difference]],
    stated: dict[tuple[str, str], list[dict[str, Any]]],
) -> None:
    """Finals and restatements of a day with late records; there are some."""
    assert differing[name, window] == []
    assert stated[name, window]


@pytest.mark.parametrize("name", sorted(SUMS))
def test_a_sum_is_not_always_zero(name: str, stated: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    """What is compared is not nothing."""
    shown = [record["value"] for (known, _), found in stated.items() if known == name for record in found]
    assert any(value is not None and float(value) for value in shown)
