"""Reference entries of a run: plans and contracts that hold, and books that say what the ledger says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from creator_pulse.proof.ledger.bookkeeping import CLOSED_AFTER_MS, Bookkeeper, ledger_days
from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.past.money import money
from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS
from creator_pulse.stream.catalog.registry import VALUES
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.reference_entry import encoded
from creator_pulse.stream.events.references import References
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.generator.planned import TARGETS, planned_entries
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.reference_series import reference_samples
from creator_pulse.stream.settings import Settings
from tests.support.records import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.events.reference_entry import Entry

DAY = 20_000 * DAY_MS
"""A midnight, UTC."""
START = DAY + 3 * HOUR_MS
RATE = 1_000.0
WORLD = replace(PLATFORM, records=360.0, rewards=0.01)
"""A thousand records a second are 10,000 viewers, who bring 100 rewards an hour."""
ENTRIES = tuple(planned_entries(RATE, WORLD, START, Settings()))


def references() -> References:
    """What a worker knows of a run's entries."""
    references = References()
    for entry in ENTRIES:
        assert references.add(encoded(entry))
    return references


def shown(now_ms: int) -> dict[tuple[str, ...], float]:
    """The series at a time: family and label values."""
    samples = reference_samples(references(), Settings(), now_ms)
    return {(sample.family, *(value for _, value in sample.labels)): sample.value for sample in samples}


def test_every_entry_is_understood() -> None:
    """None is of a kind that is not known, or lacks a field."""
    assert references().ignored == 0
    assert len({entry.key for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("kind", ["rate", "take_rate", "gift"])
def test_versions_change_no_amount(kind: str) -> None:
    """What held before the run holds in it, as a version of its own date."""
    known = references()
    for one in (entry for entry in DEFAULTS if entry["kind"] == kind):
        entry = known.entry(kind, str(one["id"]), START + 1)
        assert entry is not None
        said = {name: getattr(entry, name) for name in one}
        assert said == {**one, "valid_from": START}


def test_the_budget_is_what_rewards_are_expected_to_cost() -> None:
    """2,000 e^(1.5^2/2) views x 0.55 x 0.6 e^(0.4^2/2) / 1000 = 2.2023 USD, 2,400 a day, 30 % in US, 1.1."""
    expected = 2.2023 * 2_400 * 0.30 * 1.1
    assert shown(START)["pulse_reward_budget_usd", "tiktok", "US"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("rate", [3.0, 10.0])
def test_the_fund_stays_within_its_budget(rate: float) -> None:
    """Ten parts of eleven are expected: of a past week each app spends that, but for a sixth by chance."""
    world = replace(PLATFORM, rewards=1.0, gifts=0.0, clicks=0.0, videos=0.0)
    now = DAY + 7 * DAY_MS
    plan: Counter[str] = Counter()
    for entry in planned_entries(rate, world, now, Settings()):
        if entry.kind == "reward_budget":
            plan[entry.id.partition(":")[0]] += (entry.usd_micros or 0) * 7
    ledger = Ledger(Settings())
    for sent in money(1, rate, DAY, now, now, world):
        if sent.topic == "reward":
            ledger.add(sent.topic, 0, sent.value, sent.timestamp_ms, sent.key)
    spent: Counter[str] = Counter()
    for (measure, labels, _), parts in ledger.truth.windows.items():
        if measure == "reward_usd":
            spent[labels[0]] += sum(part or 0 for part in parts)
    scale = MEASURES["reward_usd"].scale
    paces = {app: spent[app] / scale * 1e6 / planned for app, planned in plan.items()}
    assert paces == pytest.approx(dict.fromkeys(("tiktok", "douyin"), 1 / 1.1), rel=1 / 6)


def test_regions_without_series_share_a_budget() -> None:
    """Views of FR (5 %), VN (4 %) and KR (3 %) are worth 5.4, 1.8 and 5.4, those of US (30 %) are worth 6."""
    entries = shown(START)
    places = (entries["pulse_reward_budget_usd", "tiktok", place] for place in ("other", "US"))
    expected = (0.05 * 5.4 + 0.04 * 1.8 + 0.03 * 5.4) / (0.30 * 6.0)
    assert next(places) / next(places) == pytest.approx(expected)


def test_campaigns_get_what_their_ads_cost() -> None:
    """240,000 hours a day x 25 ads at e^(0.6^2/2) x their price per 1,000, for 7 days, x 1.1.

    By viewing an ad costs 0.12 x 4 USD in China, of 4.44 in all; 50 campaigns are there, 350 elsewhere.
    """
    usd = {entry.id: entry.usd_micros for entry in ENTRIES if entry.kind == "campaign"}
    assert len(usd) == 400
    week = 240_000 * 25 * 1.19722 / 1_000 * 7 * 1.1 * 1e6
    assert usd["k0"] == pytest.approx(week * 0.48 / 50, rel=1e-4)
    assert usd["k399"] == pytest.approx(week * 3.96 / 350, rel=1e-4)


def test_a_campaign_is_in_one_app() -> None:
    """Money that is planned for it is held against the spend of an app: in 20,000 records none is in both."""
    apps: dict[bytes, set[bytes]] = {}
    for each in islice(events(1, RATE, START), 20_000):
        # The synthetic world also sends what is no record, so a pattern reads what it can.
        campaign = re.search(rb'"campaign_id":"(k\d+)"', each.value or b"")
        app = re.search(rb'"app":"(tiktok|douyin)"', each.value or b"")
        if each.topic == "ad" and campaign and app:
            apps.setdefault(campaign[1], set()).add(app[1])
    assert len(apps) > 300
    assert [name for name, seen in apps.items() if len(seen) != 1] == []


def test_campaigns_of_a_run_with_days_behind_have_begun() -> None:
    """A week before, at most: else spend of a day would be held against the plan of the hours since."""
    of_days = {
        days: next(
            entry
            for entry in planned_entries(RATE, WORLD, START, Settings(), days * DAY_MS)
            if entry.id == "k0"
        )
        for days in (0, 2, 35)
    }
    assert {days: (START - entry.valid_from) // DAY_MS for days, entry in of_days.items()} == {
        0: 0,
        2: 2,
        35: 7,
    }
    # So much a day as without.
    assert of_days[35].usd_micros == pytest.approx(2 * (of_days[0].usd_micros or 0), abs=1)


def test_creators_are_owed_a_month_of_payouts() -> None:
    """96 payouts a day of 140.2 USD for 30 days; 5 in 32 are for gifts, 10.8 % of what is earned is CN's.

    Of payouts of 100 e^(0.8 z), cut at 50 and 1,000, the mean is 0.193 x 50 + 128.5 + 0.002 x 1,000 = 140.2.
    """
    owed = {entry.id: entry.usd_micros for entry in ENTRIES if entry.kind == "owed"}
    assert len(owed) == 2 * 5
    china = 0.12 * 4.0 / 4.44
    expected = 240_000 * 0.0004 * 140.2 * 30 * 5 / 32 * china
    assert owed["douyin:gift"] == pytest.approx(expected * 1e6, rel=5e-3)


def test_plan_lines_are_of_series_that_exist() -> None:
    """Each app has one of each."""
    assert set(TARGETS) <= {value.name for value in VALUES}
    assert sum(key[0] == "pulse_target" for key in shown(START)) == 2 * len(TARGETS)


def test_the_next_sales_day_is_a_week_away() -> None:
    """Usual until then; three times as many orders from midnight on, for a day, and the usual of gifts."""
    at = {hours: shown(DAY + 7 * DAY_MS + hours * HOUR_MS) for hours in (-1, 0, 23, 24)}
    orders, gifts = (
        {hours: found["pulse_calendar_factor", "tiktok", tool] for hours, found in at.items()}
        for tool in ("commerce", "gift")
    )
    assert orders == {-1: 1.0, 0: 3.0, 23: 3.0, 24: 1.0}
    assert set(gifts.values()) == {1.0}


class Kept:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.records = 0

    async def write(self, records: list[Produced]) -> None:
        """Count records."""
        self.records += len(records)

    async def publish(self, entries: Iterable[Entry]) -> None:
        """Keep entries."""
        self.entries += entries


def gift(event_time: int, name: str, coins: int = 100) -> Produced:
    """A gift in tiktok, sent at once."""
    value = record("gift", "gift_sent", event_time=event_time, event_id=name, unit_coins=coins)
    return Produced("gift", b"k", value, event_time, 0)


def ledger_of(*records: Produced) -> Ledger:
    """What has been acknowledged so far."""
    ledger = Ledger(Settings())
    for produced in records:
        ledger.add(produced.topic, produced.partition, produced.value, produced.timestamp_ms, produced.key)
    return ledger


def test_a_day_of_the_books_is_what_creators_earned() -> None:
    """100 and 300 coins at half a cent are 2 USD; a gift of the next day is in the next statement."""
    ledger = ledger_of(gift(START, "a"), gift(DAY + DAY_MS - 1, "b", 300), gift(DAY + DAY_MS, "c"))
    (entry,) = ledger_days(ledger.truth, "tiktok", DAY, date(2024, 10, 4))
    assert (entry.id, entry.valid_from, entry.usd_micros) == ("gift:tiktok:2024-10-04", DAY, 2_000_000)


async def test_books_are_closed_after_the_day() -> None:
    """Not with the last record before the hour is over, and once with the first one after it."""
    kept, closing = Kept(), DAY + DAY_MS + CLOSED_AFTER_MS
    keeper = Bookkeeper(kept, ledger_of(gift(START, "a")), START, {"tiktok": 0})
    await keeper.write([gift(closing - 1, "b")])
    assert kept.entries == []
    for number in range(2):
        await keeper.write([gift(closing + number, f"c{number}")])
    assert [(entry.valid_from, entry.usd_micros) for entry in kept.entries] == [(DAY, 500_000)]
    assert kept.records == 3


async def test_a_run_that_skips_days_closes_each() -> None:
    """Two days later both are written down; a day without records has no entry."""
    kept = Kept()
    keeper = Bookkeeper(
        kept, ledger_of(gift(START, "a"), gift(START + DAY_MS, "b", 200)), START, {"tiktok": 0}
    )
    await keeper.write([gift(DAY + 5 * DAY_MS, "c")])
    assert [(entry.valid_from, entry.usd_micros) for entry in kept.entries] == [
        (DAY, 500_000),
        (DAY + DAY_MS, 1_000_000),
    ]


async def test_books_follow_the_business_day() -> None:
    """Eight hours before UTC: the day of the 4th begins at 16:00 of the 3rd, and is closed an hour later."""
    kept, begin = Kept(), DAY - 8 * HOUR_MS
    records = (gift(begin, "a"), gift(begin + DAY_MS - 1, "b", 300), gift(begin + DAY_MS, "c"))
    keeper = Bookkeeper(kept, ledger_of(*records), begin, {"tiktok": 8})
    await keeper.write([gift(begin + DAY_MS + CLOSED_AFTER_MS, "d")])
    (entry,) = kept.entries
    assert (entry.id, entry.valid_from, entry.usd_micros) == ("gift:tiktok:2024-10-04", begin, 2_000_000)
