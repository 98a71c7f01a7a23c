"""Every value of the catalogue in each of its windows, against the ledger, over a day of odd events."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from stream.catalog.declare import HOUR_MS, Ratio, Sum
from stream.catalog.registry import VALUES
from stream.events.topics import TOPICS
from stream.synthetic.model import Produced
from stream.synthetic.verify_windows import verify_windows
from tests.support.any_event import T0, any_event
from tests.support.lane_harness import PARTITIONS, SMALL, Harness

if TYPE_CHECKING:
    from stream.synthetic.verify import Difference

BURSTS = (0, 1, 24, 26)
"""Hours at which events of every type come, close together; the last two leave the first day behind."""
EACH = 16
"""Events of a type in a burst."""
END_HOUR = 29
DEAL = ("deal_invited", "deal_agreed", "deal_submitted", "deal_approved", "deal_posted", "deal_paid")
RATED = {"ad": "impression", "purchase": "order_completed", "reward": "reward_accrued"}
"""Topic -> a type whose records need a rate."""
pytestmark = pytest.mark.slow
SETTINGS = msgspec.structs.replace(SMALL, regions={"tiktok": ("US",), "douyin": ("CN",)})
CASES = sorted({(value.name, window) for value in VALUES for window in value.windows})
SUMS = {value.name for value in VALUES if isinstance(value.formula, Sum | Ratio)}


def burst(topic: str, hour: int, rng: Random) -> list[Produced]:
    """Events of all types of a topic, mixed, a second apart."""
    kinds = [kind for kind in TOPICS[topic].types() for _ in range(EACH)]
    rng.shuffle(kinds)
    kinds.insert(0, RATED.get(topic, kinds[0]))
    found = []
    for number, kind in enumerate(kinds, hour * HOUR_MS // 1000):
        value = any_event(topic, kind, number, rng)
        found.append(Produced(topic, b"x", value, T0 + number * 1000, rng.randrange(PARTITIONS)))
    # Once more the first one, something that is no event, and a currency that nobody told us of.
    for other in (found[0].value, b"{", _in_gold(found[0].value or b"")):
        found.append(found[-1]._replace(value=other, partition=found[0].partition))
    return found + (_one_deal(found[-1], rng) if topic == "deal" else [])


def _one_deal(after: Produced, rng: Random) -> list[Produced]:
    """A deal that goes its whole way; odd events hardly ever do."""
    found = []
    for step, kind in enumerate(DEAL, (after.timestamp_ms - T0) // 1000 + 1):
        event = json.loads(any_event("deal", kind, step, rng))
        whole = event | {"deal_id": f"d{after.timestamp_ms}", "event_time": T0 + step * 1000}
        found.append(after._replace(value=json.dumps(whole).encode(), timestamp_ms=T0 + step * 1000))
    return found


def _in_gold(value: bytes) -> bytes:
    return json.dumps(json.loads(value) | {"currency": "XAU", "event_id": "gold"}).encode()


def last_word(topic: str, rng: Random) -> list[Produced]:
    """Time records that close every window, one for each partition."""
    kind = next(iter(TOPICS[topic].types()))
    at = T0 + END_HOUR * HOUR_MS
    event = json.loads(any_event(topic, kind, END_HOUR * HOUR_MS // 1000, rng))
    value = json.dumps(event | {"event_time": at, "ingest_time": at, "is_test": True}).encode()
    return [Produced(topic, b"x", value, at, number) for number in range(PARTITIONS)]


@pytest.fixture(scope="module")
def harness() -> Harness:
    """The day, read to its end."""
    return asyncio.run(read())


async def read() -> Harness:
    """Write the day and read it."""
    rng = Random(5)
    records = [one for topic in TOPICS for hour in BURSTS for one in burst(topic, hour, rng)]
    harness = Harness([*records, *(one for topic in TOPICS for one in last_word(topic, rng))], SETTINGS)
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
