"""What the header of a demo says of its history: whether it equals the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.proof.past.agreement import COMPARED, Agreement, PastLedger
from creator_pulse.proof.past.ledger_sums import KeptSum
from creator_pulse.stream.aggregates.sum import Sum
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.past.reads import Reads, expressions
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.topology import PRODUCT
from tests.support.plain_gift import gift_text

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON_MS = 1_767_614_400_000
"""5 January 2026, 12:00 UTC: on that day in London and, at 20:00, in China."""
LOOK_MS = NOON_MS + HOUR_MS // 2
"""Half past an hour: the newest 24 hours end at the hour."""
BEGAN_MS = NOON_MS - 100 * HOUR_MS


def series(value: str, number: float, look_ms: int = LOOK_MS, window: str = "24h", **labels: str) -> str:
    """A sample of a value in a window, of tiktok in the US unless labels say something else."""
    every = {"app": "tiktok", "region": "US", "state": "provisional", "window": window, **labels}
    pairs = ",".join(f'{name}="{text}"' for name, text in sorted(every.items()))
    return f"pulse_{value}{{{pairs}}} {number!r} {look_ms / 1000:.3f}\n"


def agreement(
    folder: Path, *shown: float, look_ms: int = LOOK_MS, before: Agreement | None = None
) -> Agreement:
    """Of 7 s that were watched two hours before the last look, and 3 s a day and a half before.

    Yesterday's are the 3 s.
    """
    ledger = PastLedger(SETTINGS, BEGAN_MS, before or Agreement())
    for ago, ms in ((2, 7_000), (36, 3_000)):
        cell = ("watch_ms", ("tiktok", "US"), LOOK_MS - ago * HOUR_MS, 0, ms)
        ledger.drawn([cell] if before is None else [])
    ledger.look(look_ms)
    lines = [
        series("viewing_seconds", value, look_ms, region=str(region)) for region, value in enumerate(shown)
    ]
    yesterday = 3.0 if look_ms < NOON_MS + 12 * HOUR_MS else 7.0
    lines.append(series("viewing_yesterday_seconds", yesterday, look_ms, window="yesterday"))
    return ledger.agreement([written(folder, series("viewing_seconds", 9.0, look_ms - 60_000), *lines)])


def written(folder: Path, *lines: str) -> Path:
    """A file of samples."""
    samples = folder / "1.txt"
    samples.write_text("".join([*lines, "# EOF\n"]))
    return samples


def order(number: int, sent_ms: int, time_ms: int, app: str = "tiktok") -> Produced:
    """An order of 10 USD, of which the creator gets 1."""
    fields = {
        "event_id": f"e{number}",
        "event_type": "order_completed",
        "schema_version": 1,
        "event_time": time_ms,
        "ingest_time": sent_ms,
        "creator_id": "c1",
        "creator_tier": "lt_10k",
        "room_id": "r1",
        "viewer_id": "v1",
        "region": "US" if app == "tiktok" else "CN",
        "app": app,
        "platform": "ios",
        "order_id": f"o{number}",
        "value_micros": 10_000_000,
        "currency": "USD",
        "quantity": 1,
        "product_id": "p1",
        "attribution": "live",
        "referral_fee_bps": 600,
        "commission_bps": 1_000,
        "payment_method": "card",
    }
    return Produced("purchase", b"c1", json.dumps(fields).encode(), sent_ms, 0)


def gift(sent_ms: int, time_ms: int = LOOK_MS - 45 * HOUR_MS - 800) -> Produced:
    """Twenty gifts of 5 coins, 45 hours before the last look, as the generator writes them."""
    return Produced("gift", b"c1", gift_text(f"1-{time_ms:x}", time_ms, 20).encode(), sent_ms, 0)


def reversal(sent_ms: int, time_ms: int) -> Produced:
    """200 coins are taken back, 1 USD of the creator's."""
    text = (
        f'{{"event_id":"r1","event_type":"gift_reversed","schema_version":1,"event_time":{time_ms},'
        '"creator_id":"c1","creator_tier":"lt_10k","room_id":"rc1","viewer_id":"v1","region":"US",'
        '"app":"tiktok","platform":"ios","transaction_id":"t1","coins":200,'
        f'"original_event_time":{time_ms - 60_000},"reason":"user_request","ingest_time":{time_ms + 1_000}}}'
    )
    return Produced("gift", b"c1", text.encode(), sent_ms, 0)


def looked_at(*records: Produced, at_ms: int = LOOK_MS, before: Agreement | None = None) -> PastLedger:
    """A ledger that has counted some records up to a look."""
    ledger = PastLedger(SETTINGS, BEGAN_MS, before or Agreement())
    for record in records:
        ledger.add(record)
    ledger.look(at_ms)
    return ledger


def differing(ledger: PastLedger, value: str, *files: Path) -> list[str]:
    """What is said of a value."""
    return [each for each in ledger.agreement(files).differing if each.startswith(f"{value} ")]


def test_what_is_shown_at_a_look_is_compared(tmp_path: Path) -> None:
    """Two regions with 4 and 3 s are the 7 s of the last day; an earlier moment and an older day are not."""
    checked = agreement(tmp_path, 4.0, 3.0)
    # Thirty sums and a counter, of two apps.
    assert (checked.sums, checked.differing) == (62, [])
    assert checked.text.endswith("drawn sums of ads and viewing equal the ledger in 62 totals")


@pytest.mark.parametrize("shown", [(4.0,), (4.0, 3.1), ()])
def test_a_difference_is_named(tmp_path: Path, shown: tuple[float, ...]) -> None:
    """A second too little or too much is said, with both numbers."""
    checked = agreement(tmp_path, *shown)
    assert checked.differing == [f"viewing_seconds 24h of tiktok at {LOOK_MS}: 7, shown {sum(shown):g}"]
    assert checked.text.startswith("HISTORY DIFFERS from the ledger: viewing_seconds 24h of tiktok")


def test_what_nobody_counted_is_a_difference(tmp_path: Path) -> None:
    """An order that is shown, and was never sent."""
    checked = looked_at().agreement([written(tmp_path, series("order_count", 1))])
    assert checked.differing == [f"order_count 24h of tiktok at {LOOK_MS}: 0, shown 1"]


def test_values_of_one_name_are_compared_by_tool(tmp_path: Path) -> None:
    """An order of 10 USD earns its creator 1 USD by commerce: shown as earned by gifts it is named twice."""
    ledger = looked_at(order(1, LOOK_MS - 2 * HOUR_MS, LOOK_MS - 2 * HOUR_MS))
    file = written(tmp_path, series("creator_net_earnings_usd", 1.0, tool="gift"))
    assert differing(ledger, "creator_net_earnings_usd", file) == [
        f"creator_net_earnings_usd gift 24h of tiktok at {LOOK_MS}: 0, shown 1",
        f"creator_net_earnings_usd commerce 24h of tiktok at {LOOK_MS}: 1, shown 0",
    ]


def test_a_history_that_goes_on_is_compared_with_what_was_before(tmp_path: Path) -> None:
    """An hour later, with nothing watched since, the 7 s are still of the last 24 hours; a day later not."""
    before = agreement(tmp_path, 7.0)
    assert agreement(tmp_path, 7.0, look_ms=LOOK_MS + HOUR_MS, before=before).differing == []
    later = agreement(tmp_path, 0.0, look_ms=LOOK_MS + DAY_MS, before=before)
    assert (later.sums, later.differing, later.hours) == (124, [], [])


def test_of_days_is_kept_what_later_windows_hold(tmp_path: Path) -> None:
    """Of days viewing is compared of yesterday: on the sixth that is the fifth, day 20,458, with its 7 s."""
    (kept,) = agreement(tmp_path, 7.0, look_ms=LOOK_MS + DAY_MS).days
    assert (kept.measure, kept.app, kept.start, kept.total) == ("watch_ms", "tiktok", 20_458, "7000")


def test_sums_beyond_64_bits_are_kept() -> None:
    """Creators' part of ads is counted in units of which a dollar has 10^19."""
    ledger = PastLedger(SETTINGS, BEGAN_MS, Agreement())
    ledger.drawn([("creator_ad_usd", ("tiktok", "US"), LOOK_MS - 2 * HOUR_MS, 0, 3 * 10**19)])
    ledger.look(LOOK_MS)
    packed = msgspec.msgpack.encode(ledger.agreement([]))
    before = msgspec.msgpack.decode(packed, type=Agreement)
    assert [each.total for each in before.days] == ["30000000000000000000"]


def test_each_look_is_compared_with_what_was_sent_before_it(tmp_path: Path) -> None:
    """Of two orders of an hour two days ago the first look shows one: the other came half a day late."""
    first_ms, hour_ms = LOOK_MS - 48 * HOUR_MS, LOOK_MS - 50 * HOUR_MS
    looks = [first_ms, first_ms + 16 * HOUR_MS, LOOK_MS]
    ledger = PastLedger(SETTINGS, BEGAN_MS, Agreement())
    # Both are handed over at once: the past reads ahead.
    ledger.add(order(1, hour_ms, hour_ms))
    ledger.add(order(2, hour_ms + 12 * HOUR_MS, hour_ms))
    for look in looks:
        ledger.look(look)
    file = written(tmp_path, series("order_count", 1, looks[0]), series("order_count", 2, looks[1]))
    assert differing(ledger, "order_count", file) == []
    assert ledger.agreement([]).records == 2


def test_gifts_of_each_look_are_compared(tmp_path: Path) -> None:
    """100 coins, 1.43 USD, of two days ago are in the first of two looks alone, and once: one is a repeat."""
    first_ms = LOOK_MS - 40 * HOUR_MS
    ledger = PastLedger(SETTINGS, BEGAN_MS, Agreement())
    for sent_ms in (LOOK_MS - 45 * HOUR_MS, LOOK_MS - 45 * HOUR_MS + 1_000):
        ledger.add(gift(sent_ms))
    ledger.look(first_ms)
    ledger.look(LOOK_MS)
    assert (
        differing(ledger, "gift_value_usd", written(tmp_path, series("gift_value_usd", 1.43, first_ms))) == []
    )


def test_a_gift_that_is_a_day_late_is_in_no_window_of_hours(tmp_path: Path) -> None:
    """Three are sent 25 minutes after the window's end: of then, and 10 and 26 minutes after its begin.

    The second is over 24 hours behind the first, the third is a minute less.
    """
    begin_ms, sent_ms = LOOK_MS - 49 * HOUR_MS // 2, LOOK_MS - HOUR_MS // 12
    times = (sent_ms, begin_ms + HOUR_MS // 6, begin_ms + 26 * HOUR_MS // 60)
    ledger = looked_at(*(gift(sent_ms, time_ms) for time_ms in times))
    assert differing(ledger, "gift_value_usd", written(tmp_path, series("gift_value_usd", 1.43))) == []


def test_what_comes_again_beyond_the_horizon_counts_again(tmp_path: Path) -> None:
    """Two gifts bring the creator 0.50 USD each; the same reversal of 1 USD comes twice.

    The second gift is eleven minutes after the first, and ids are remembered for ten: which the ledger must
    know of gifts that it does not judge.
    """
    first_ms, again_ms = LOOK_MS - 5 * HOUR_MS, LOOK_MS - 5 * HOUR_MS + 11 * 60_000
    ledger = looked_at(
        gift(first_ms, first_ms),
        reversal(first_ms + 1_000, first_ms),
        gift(again_ms, again_ms),
        reversal(again_ms + 20_000, first_ms),
    )
    net = written(tmp_path, series("creator_net_earnings_usd", 0.5 + 0.5 - 1 - 1, tool="gift"))
    assert differing(ledger, "creator_net_earnings_usd gift", net) == []


@pytest.mark.parametrize(("late_hours", "usd"), [(71, 2.0), (73, 1.0)])
def test_an_order_that_is_days_late_is_in_windows_of_days(
    tmp_path: Path, late_hours: int, usd: float
) -> None:
    """Two orders earn their creator 1 USD each; up to three days late the second is in the last 14 days."""
    sent_ms = LOOK_MS - HOUR_MS
    ledger = looked_at(order(1, sent_ms, sent_ms), order(2, sent_ms + 1, sent_ms - late_hours * HOUR_MS))
    assert (
        differing(
            ledger, "creator_gross_usd", written(tmp_path, series("creator_gross_usd", usd, window="14d"))
        )
        == []
    )


@pytest.mark.parametrize(
    ("app", "minute", "yesterday", "today"),
    [("tiktok", 1, 0, 10), ("tiktok", -1, 10, 0), ("douyin", 1, 0, 10), ("douyin", -1, 10, 0)],
)
def test_business_days_begin_at_the_hour_of_the_app(
    tmp_path: Path, app: str, minute: int, yesterday: float, today: float
) -> None:
    """An order a minute before or after midnight: that of China is at 16:00 UTC."""
    midnight_ms = NOON_MS - (12 if app == "tiktok" else 20) * HOUR_MS
    time_ms = midnight_ms + minute * 60_000
    ledger = looked_at(order(1, time_ms, time_ms, app))
    file = written(
        tmp_path,
        series("gmv_yesterday_usd", yesterday, window="yesterday", app=app),
        series("order_cohort_net_value_usd", today, window="day", app=app),
    )
    assert differing(ledger, "gmv_yesterday_usd", file) == []
    assert differing(ledger, "order_cohort_net_value_usd", file) == []


def test_yesterday_waits_for_the_first_whole_day() -> None:
    """Of a past that began on the fourth, at ten, 26 values are compared on the fifth, not 30."""
    ledger = PastLedger(SETTINGS, NOON_MS - 26 * HOUR_MS, Agreement())
    ledger.look(LOOK_MS)
    assert ledger.agreement([]).sums == 2 * (26 + 1)


def test_a_month_begins_on_its_first_day(tmp_path: Path) -> None:
    """Of card payments of 31 December and 1 January, days 20,453 and 20,454, those of January count."""
    before = Agreement(
        days=[KeptSum("card_settled", "tiktok", 20_453, "5"), KeptSum("card_settled", "tiktok", 20_454, "7")]
    )
    file = written(tmp_path, series("card_settled_count", 7, window="mtd"))
    assert differing(looked_at(before=before), "card_settled_count", file) == []


@pytest.mark.parametrize(("look_day", "count"), [(5, 3), (7, 3), (8, 0)])
def test_seven_days_end_with_the_running_one(tmp_path: Path, look_day: int, count: int) -> None:
    """Three reports of deals on 1 January are in the week up to the seventh."""
    before = Agreement(days=[KeptSum("deals_reported", "tiktok", 20_454, "3")])
    at_ms = LOOK_MS + (look_day - 5) * DAY_MS
    file = written(tmp_path, series("deal_reported_count", count, at_ms, "7d"))
    assert differing(looked_at(at_ms=at_ms, before=before), "deal_reported_count", file) == []


def test_what_is_drawn_later_is_in_no_look_before(tmp_path: Path) -> None:
    """Ads of the running day, 2 USD before a look and 3 after it, are 2 in the 14 days that it shows."""
    ledger = PastLedger(SETTINGS, BEGAN_MS, Agreement())
    for ago, usd in ((1, 2), (0, 3)):
        ledger.drawn([("creator_ad_usd", ("tiktok", "US"), LOOK_MS - ago * HOUR_MS // 12, 0, usd * 10**19)])
        ledger.look(LOOK_MS + (1 - ago) * HOUR_MS // 12)
    lines = (
        series("creator_gross_usd", 2.0, LOOK_MS, "14d"),
        series("creator_gross_usd", 5.0, LOOK_MS + HOUR_MS // 12, "14d"),
    )
    assert differing(ledger, "creator_gross_usd", written(tmp_path, *lines)) == []


def test_before_the_first_hour_is_over_windows_of_hours_show_nothing(tmp_path: Path) -> None:
    """An hour and a half after the begin ten sums of running days and the counter are compared."""
    ledger = PastLedger(SETTINGS, LOOK_MS - 3 * HOUR_MS // 2, Agreement())
    ledger.look(LOOK_MS)
    assert ledger.agreement([written(tmp_path)]).sums == 2 * (10 + 1)


def test_of_business_days_every_sum_that_somebody_reads_is_compared() -> None:
    """But for the platform's revenue, which takes disputed top-ups: those of wallets are not counted."""
    reads = Reads(expressions())
    of_days = {
        (window, value.name)
        for value in PRODUCT.catalogue.values
        for window in value.windows
        if isinstance(value.formula, Sum) and PRODUCT.catalogue.windows[window].runs
        if reads.value(value.name, window, "provisional")
    }
    compared = {(window, name) for window, names in COMPARED.items() for name in names.split()}
    assert {each for each in compared if each[0] != "24h"} == of_days - {
        ("yesterday", "platform_revenue_yesterday_usd")
    }
