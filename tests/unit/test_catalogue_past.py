"""Values that look at what identities had before, against the ledger, over forty days of a few creators."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.generator.model import Produced
from tests.support.any_event import T0
from tests.support.lane_harness import PARTITIONS, SMALL, Harness
from tests.support.odd_bursts import last_word
from tests.support.stated_values import Stated

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
DAYS = 40
HOURS = (1, 5, 9, 13, 21)
"""Of a day, with records."""
END_HOUR = 24 * (DAYS + 45)
"""When every window has closed."""
NAMES = frozenset(
    {
        "creators_new",
        "creators_new_ratio",
        "creator_first_usd_days",
        "creators_kept_ratio",
        "viewers_kept_ratio",
        "payers_new",
        "payers_new_ratio",
        "creators_fallen_ratio",
        "single_payer_creators_ratio",
        "gift_reciprocal_ratio",
        "campaign_pace_p5_ratio",
        "campaign_pace_p95_ratio",
        "creator_earnings_change_p50_ratio",
        "creator_earnings_p90_usd",
        "creator_tools_mean",
        "buyers_again_ratio",
        "advertisers_kept_ratio",
        "advertiser_repeat_spend_ratio",
    }
)
CATALOGUE = Catalogue(
    MEASURES, tuple(value for value in VALUES if value.name in NAMES or "yesterday" in value.windows)
)
CASES = sorted({(value.name, window) for value in CATALOGUE.values for window in value.windows})
SETTINGS = msgspec.structs.replace(SMALL, regions={"tiktok": ("US",), "douyin": ("CN",)})
PARTS = Parts(catalogue=CATALOGUE)
PLANS = tuple(
    {
        "kind": "campaign",
        "id": f"k{number}",
        "valid_from": T0 + start * DAY_MS,
        "valid_until": T0 + (start + 20) * DAY_MS + 7 * HOUR_MS,
        "usd_micros": micros,
    }
    for number, start, micros in ((0, -1, 700_000), (1, 3, 90_000), (2, 20, 5_000_000), (0, 9, 120_000))
)
"""The plan of k0 is changed on the tenth day."""


class Story:
    """Writes the records of the days, by a seed."""

    def __init__(self) -> None:
        self._rng = Random(11)
        self._count = 0
        self._now = T0

    def records(self) -> Iterator[Produced]:
        """All of them, in the order of their arrival; the last ones close every window."""
        for day in range(DAYS):
            for hour in HOURS:
                self._now = T0 + day * DAY_MS + hour * HOUR_MS
                for app in ("tiktok", "douyin"):
                    for number in range(12 if day > 15 else 8):
                        yield from self._of_creator(app, number, day)
            for topic in TOPICS:
                yield from last_word(topic, 24 * day + 23, self._rng)
        for topic in TOPICS:
            yield from last_word(topic, END_HOUR, self._rng)

    def _of_creator(self, app: str, number: int, day: int) -> Iterator[Produced]:
        """An hour of one creator; every fourth one has weak days."""
        chance, creator = self._rng.random, f"c{number}"
        if number > 3 and chance() < 0.03:
            yield self._event("content", "tool_enrolled", app, creator, tool="gift", **self._first())
        if chance() < 0.6:
            viewer = f"v{self._count % 53}"
            time = {"surface": "live", "organic_ms": 900, "ad_ms": 0}
            yield self._event("watch", "heartbeat", app, creator, session_id="s", viewer_id=viewer, **time)
        if chance() < (0.1 if number % 4 == 1 and day % 9 > 5 else 0.6):
            yield self._gift(app, creator, self._rng.randrange(1, 60 if number % 3 else 4))
        if chance() < 0.2:
            yield self._event(
                "ad",
                "impression",
                app,
                creator,
                imp_id="i",
                price_micros_cpm=self._rng.randrange(10**7),
                currency="USD",
                billable=True,
                campaign_id=f"k{self._rng.randrange(4)}",
                advertiser_id=f"a{number}",
            )
        if chance() < 0.05:
            money = {"value_micros": 10**6, "currency": "USD", "commission_bps": 900}
            buyer = f"v{self._rng.randrange(40)}"
            yield self._event(
                "purchase", "order_completed", app, creator, order_id="o", viewer_id=buyer, **money
            )
        if chance() < 0.02:
            back = {"transaction_id": "t", "coins": 40, "original_event_time": self._now - HOUR_MS}
            yield self._event("gift", "gift_reversed", app, creator, **back)

    def _gift(self, app: str, creator: str, coins: int) -> Produced:
        giver = self._rng.choice((f"c{self._rng.randrange(12)}", f"v{self._rng.randrange(40)}"))
        sent = {"gift_id": "g", "gift_type": 2, "unit_coins": coins, "repeat_count": 1, "repeat_end": True}
        return self._event("gift", "gift_sent", app, creator, viewer_id=giver, **sent)

    def _first(self) -> dict[str, object]:
        """Nothing known, earned before, or never earned before."""
        known: tuple[dict[str, object], ...] = (
            {},
            {"first_earned_time": self._now - 9 * DAY_MS},
            {"first_earned_time": self._now + DAY_MS},
        )
        return self._rng.choice(known)

    def _event(self, topic: str, kind: str, app: str, creator: str, **own: object) -> Produced:
        self._count += 1
        self._now += 15_000
        late_ms = self._rng.choice((0,) * 14 + (90_000, 3 * HOUR_MS, 30 * HOUR_MS, 5 * DAY_MS))
        event = {
            "event_id": f"e{self._count}",
            "event_type": kind,
            "schema_version": 1,
            "event_time": self._now - late_ms,
            "ingest_time": self._now,
            "creator_id": creator,
            "region": "US",
            "app": app,
        }
        value = json.dumps(event | own).encode()
        return Produced(topic, b"x", value, self._now, self._rng.randrange(PARTITIONS))


async def read() -> Harness:
    """Write the days and read them."""
    harness = Harness(list(Story().records()), SETTINGS, PARTS, PLANS)
    await harness.open()
    await harness.run(50, tick=SETTINGS.restate_interval + 1)
    return harness


@pytest.fixture(scope="module")
def stated() -> Stated:
    """What the lanes say of the days."""
    return Stated(asyncio.run(read()), CATALOGUE.values)


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_the_ledgers(name: str, window: str, stated: Stated) -> None:
    """Every final and restatement."""
    assert stated.differing[name, window] == []


@pytest.mark.parametrize(("name", "window"), CASES)
def test_a_value_is_now_this_now_that(name: str, window: str, stated: Stated) -> None:
    """What is compared is not always the same: there are many numbers, finals and restatements."""
    shown = {result["value"] for result in stated.results[name, window]} - {None}
    assert len(shown) >= 3
    assert {result["state"] for result in stated.results[name, window]} == {"final", "restated"}
