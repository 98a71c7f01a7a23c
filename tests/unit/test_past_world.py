"""The past of the synthetic world has the level, the rhythm and the growth of the live one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from creator_pulse.proof.past.calibration import AT_MS, TopicRates, measured
from creator_pulse.proof.past.drawn_lane import Drawing
from creator_pulse.proof.past.money import MONEY_TOPICS, money
from creator_pulse.proof.past.shares import markets_of, traffic
from creator_pulse.stream.generator.markets import MARKETS
from creator_pulse.stream.generator.world import PLATFORM
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey
from creator_pulse.stream.panes.rows import totals, unpacked
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT

RATE = 1_000.0
SEATS = RATE * 3_600 / 373
"""People who watch at a time: 373 records come in an hour of viewing."""
HOUR_MS = 3_600_000
WEEK_MS = 168 * HOUR_MS
NOON_MS = AT_MS


@pytest.fixture(scope="module")
def rates() -> dict[str, TopicRates]:
    """Measured on a minute of the live generator."""
    return measured(1, RATE, PLATFORM, Settings(), HashKey(bytes(KEY_BYTES)), minutes=1.0)


@pytest.fixture(scope="module")
def day_of_money() -> list[dict[str, object]]:
    """The valid records of six hours."""
    records = money(1, RATE, NOON_MS, NOON_MS + 6 * HOUR_MS, NOON_MS, PLATFORM)
    events = []
    for record in records:
        try:
            events.append(msgspec.json.decode(record.value or b"{}"))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return [event for event in events if isinstance(event, dict)]


def _drawn(rates: dict[str, TopicRates], topic: str, name: str, span: tuple[int, int], now_ms: int) -> int:
    drawing = Drawing(rates[topic], Settings(), PLATFORM, now_ms, 1, span[0])
    lots = range(*span, HOUR_MS)
    return sum(total for measure, _, _, _, total in drawing.cells(lots, span[1]) if measure == name)


def test_an_hour_of_the_past_is_watched_as_long_as_people_are_there(rates: dict[str, TopicRates]) -> None:
    """Drawn viewing is that of the audience at that hour of the week, within three per cent."""
    span = NOON_MS + 6 * HOUR_MS, NOON_MS + 7 * HOUR_MS
    people = SEATS * traffic(MARKETS, span[0] + HOUR_MS / 2, NOON_MS, PLATFORM)
    assert _drawn(rates, "watch", "watch_ms", span, NOON_MS) == pytest.approx(people * HOUR_MS, rel=0.03)


def test_what_is_rare_has_a_past_everywhere(rates: dict[str, TopicRates]) -> None:
    """A minute has a dozen ads hidden: no market has none for weeks, nor three times as many as another."""
    of_places = {labels: rate for (name, labels), rate in rates["ad"].cells.items() if name == "ad_hides"}
    assert len(of_places) == len(Settings().regions["tiktok"]) + 2
    assert max(of_places.values()) < 3 * min(of_places.values())


def test_an_earlier_week_was_smaller_by_the_growth_of_the_world(rates: dict[str, TopicRates]) -> None:
    """Five weeks before, at half a per cent a week, viewing is 1.005^-5, or 2.5 per cent, less."""
    now = _drawn(rates, "watch", "watch_ms", (NOON_MS, NOON_MS + 6 * HOUR_MS), NOON_MS)
    then_ms = NOON_MS - 5 * WEEK_MS
    then = _drawn(rates, "watch", "watch_ms", (then_ms, then_ms + 6 * HOUR_MS), NOON_MS)
    assert then / now == pytest.approx(1.005**-5, rel=0.004)


def test_drawn_counts_are_poisson(rates: dict[str, TopicRates]) -> None:
    """Impressions of five minutes vary by as much as their mean: the variance is that of chance alone."""
    drawing = Drawing(rates["ad"], Settings(), PLATFORM, NOON_MS, 1, NOON_MS)
    counts = {
        start: total
        for name, labels, start, _, total in drawing.cells(
            range(NOON_MS, NOON_MS + HOUR_MS, 300_000), NOON_MS + HOUR_MS
        )
        if (name, labels) == ("ad_impressions", ("tiktok", "US"))
    }
    home = markets_of({"app": "tiktok", "region": "US"}, Settings().regions)
    people = {start: traffic(home, start + 150_000, NOON_MS, PLATFORM) for start in counts}
    each = sum(counts.values()) / sum(people.values())
    off = sum((counts[start] - each * people[start]) ** 2 / (each * people[start]) for start in counts)
    assert len(counts) == 12
    # Chi-square of 11 degrees of freedom lies between 2.6 and 26.8 in 99 of 100 cases.
    assert 2.6 < off < 26.8


def test_a_creator_has_half_of_each_ad_that_is_shared(rates: dict[str, TopicRates]) -> None:
    """In the past as well: the take rate of ads is agreed, and no matter of chance."""
    drawing = Drawing(rates["ad"], Settings(), PLATFORM, NOON_MS, 1, NOON_MS)
    sums: dict[str, list[float]] = {"creator_ad_usd": [], "ad_eligible_usd": []}
    lots = range(NOON_MS, NOON_MS + HOUR_MS, 300_000)
    for name, labels, _, _, total in drawing.cells(lots, NOON_MS + HOUR_MS):
        if name in sums and labels == ("tiktok", "US"):
            sums[name].append(total / PRODUCT.catalogue.measures[name].scale)
    assert sum(sums["ad_eligible_usd"]) > 0
    assert sums["creator_ad_usd"] == pytest.approx([usd / 2 for usd in sums["ad_eligible_usd"]], rel=1e-9)


def _watched(rates: dict[str, TopicRates], hours: int) -> dict[tuple[str, ...], int]:
    """Drawn viewing of each creator, ms, by app and hidden key."""
    drawing = Drawing(rates["watch"], Settings(), PLATFORM, NOON_MS, 1, NOON_MS)
    table = tables_of(PRODUCT.catalogue)["creator_watch_ms"]
    sums: Counter[tuple[str, ...]] = Counter()
    lots = range(NOON_MS, NOON_MS + hours * HOUR_MS, HOUR_MS)
    for _, partial in drawing.rows(lots, NOON_MS + hours * HOUR_MS):
        if partial.table == table.name:
            rows = unpacked(partial.rows, partial.keys, partial.sums, table.columns)
            watched = totals(table, rows.sums)["creator_watch_ms"]
            keys = [(partial.lots[0].labels[0], str(key)) for (key,) in rows.keys.tolist()]
            sums.update(dict(zip(keys, watched, strict=True)))
    return sums


def test_creators_of_the_past_have_the_viewing_of_their_app(rates: dict[str, TopicRates]) -> None:
    """Viewing by creator adds up to that of the audience, within three per cent."""
    people = SEATS * sum(
        traffic(MARKETS, NOON_MS + (at + 0.5) * HOUR_MS, NOON_MS, PLATFORM) for at in range(6)
    )
    assert sum(_watched(rates, 6).values()) == pytest.approx(people * HOUR_MS, rel=0.03)


def test_creators_of_the_past_are_watched_as_unequally_as_those_of_now(rates: dict[str, TopicRates]) -> None:
    """Of 10,000 creators the first hundred have 45 to 65 % (a fact of the table), and nearly all some.

    Minutes of the live generator show a part of the creators; nobody would have watched the others for weeks.
    """
    watched = sorted(_watched(rates, 6).values(), reverse=True)
    assert 0.40 < sum(watched[:100]) / sum(watched) < 0.65
    assert 8_000 < len(watched) <= 10_000


def test_a_span_in_two_parts_draws_each_moment_once(rates: dict[str, TopicRates]) -> None:
    """What is drawn up to a time, and then from there on, covers the span without a gap or an overlap."""
    drawing = Drawing(rates["watch"], Settings(), PLATFORM, NOON_MS, 1, NOON_MS)
    middle, end = NOON_MS + 100_000, NOON_MS + 700_000
    first = {start for *_, start, _, _ in drawing.cells([NOON_MS], middle)}
    second = {start for *_, start, _, _ in drawing.cells([middle, middle + 300_000], end)}
    assert (first, second) == ({NOON_MS}, {middle, middle + 300_000})
    assert drawing.at_ms == end


def test_the_past_has_as_many_gifts_as_the_world_says(day_of_money: list[dict[str, object]]) -> None:
    """A tenth of a gift comes in an hour of viewing: some 5,500 in six hours, within five of their spread."""
    hours = sum(
        SEATS * traffic(MARKETS, NOON_MS + (at + 0.5) * HOUR_MS, NOON_MS, PLATFORM) for at in range(6)
    )
    gifts = sum(event.get("event_type") == "gift_sent" for event in day_of_money)
    # One in a thousand is booked twice, one in two hundred is sent again, and some are of no market's time.
    assert gifts == pytest.approx(hours * 0.1, rel=0.05)


def test_a_day_of_the_past_comes_from_all_markets() -> None:
    """Of the videos of a day before the live run each market has its weight, within five of their spread.

    At each hour they come from where people watch then, and not from where they watch as the live run begins.
    """
    world = replace(PLATFORM, gifts=0.0, clicks=0.0)
    regions: Counter[str] = Counter()
    for record in money(1, RATE, NOON_MS - 24 * HOUR_MS, NOON_MS, NOON_MS, world):
        posted = re.search(
            rb'"region":"(\w+)".*"event_type":"video_posted"', record.value or b""
        ) or re.search(rb'"event_type":"video_posted".*"region":"(\w+)"', record.value or b"")
        if posted is not None:
            regions[posted[1].decode()] += 1
    videos = regions.total()
    assert videos > 5_000
    for market in MARKETS:
        spread = (videos * market.weight) ** 0.5
        assert abs(regions[market.region] - videos * market.weight) < 5 * spread, (market.region, regions)


def test_of_a_streak_only_its_end_is_told(day_of_money: list[dict[str, object]]) -> None:
    """Taps before the end count nothing, and the past has none of them."""
    taps = [
        event
        for event in day_of_money
        if event.get("gift_type") == 1 and event.get("repeat_end") is False and event.get("event_id")
    ]
    assert taps == []


def test_no_viewing_is_made_event_by_event() -> None:
    """The records of the past are of money and content alone, in the order of their send times."""
    records = list(money(1, RATE, NOON_MS, NOON_MS + HOUR_MS // 4, NOON_MS, PLATFORM))
    assert {record.topic for record in records} <= set(MONEY_TOPICS)
    times = [record.timestamp_ms for record in records]
    assert times == sorted(times)
    assert times[-1] < NOON_MS + HOUR_MS // 4


def test_a_label_set_has_the_markets_that_are_counted_there() -> None:
    """What has no series of its own is in ``other``, and an app has all of its regions."""
    regions = {"tiktok": ["US", "GB"], "douyin": ["CN"]}
    of = {
        name: [market.region for market in markets_of(labels, regions)]
        for name, labels in {
            "own": {"app": "tiktok", "region": "US"},
            "other": {"app": "tiktok", "region": "other"},
            "app": {"app": "douyin"},
            "nowhere": {"app": "douyin", "region": "other"},
        }.items()
    }
    assert of == {
        "own": ["US"],
        "other": ["DE", "BR", "ID", "JP", "FR", "VN", "KR"],
        "app": ["CN"],
        "nowhere": [],
    }
