"""Values mean what their names say: events by hand, and numbers by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.aggregates import Ratio, Reach
from creator_pulse.stream.catalog.registry import VALUES
from creator_pulse.stream.events.listed_words import MINOR_BANDS
from tests.support.few_events import (
    DAY_MS,
    HOUR_MS,
    MIDNIGHT,
    SETTINGS,
    event,
    last,
    number,
    shown,
    time_records,
)
from tests.support.lane_harness import MERGES, Harness

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Value
    from creator_pulse.stream.generator.model import Produced

DOLLAR = 10**6
END = DAY_MS
"""Of the window of 24 hours that holds the events."""


def of_a_day(name: str, *records: Any, window: str = "24h", **labels: str) -> float | None:
    """What the window that ends at midnight shows of some events of the day, once it is closed."""
    return last(shown([name], [*records, *time_records(END + HOUR_MS)]), name, window, END, **labels)


def order(at_ms: int, dollars: int, **fields: Any) -> Any:
    """An order."""
    return event("order_completed", at_ms, value_micros=dollars * DOLLAR, order_id=f"o{at_ms}", **fields)


def refund(at_ms: int, dollars: int, since_ms: int, **fields: Any) -> Any:
    """A refund of an order of an earlier time."""
    back = {"refund_micros": dollars * DOLLAR, "original_event_time": MIDNIGHT + since_ms}
    return event("order_refunded", at_ms, order_id=f"o{since_ms}", **back, **fields)


def test_a_cohorts_value_falls_by_its_own_refunds_only() -> None:
    """Orders of 100 on a day; of these 30 come back a week later: the day is worth 70, and the next one 0."""
    records = [
        order(HOUR_MS, 100),
        refund(2 * HOUR_MS, 50, -DAY_MS),
        *time_records(2 * DAY_MS),
        order(2 * DAY_MS + HOUR_MS, 10),
        refund(7 * DAY_MS, 30, HOUR_MS),
        *time_records(9 * DAY_MS),
    ]
    windows = shown(["order_cohort_net_value_usd"], records)
    assert last(windows, "order_cohort_net_value_usd", "day", DAY_MS) == 70
    assert last(windows, "order_cohort_net_value_usd", "day", 3 * DAY_MS) == 10


def test_what_the_platform_keeps_is_net_of_invalidated_impressions() -> None:
    """An impression at 20 USD per thousand, half of it the creator's: 0.01 for each, taken back: 0."""
    seen = {"price_micros_cpm": 20 * DOLLAR, "revenue_share_bps": 5_000}
    first = event("impression", HOUR_MS, billable=True, imp_id="i", **seen)
    back = event(
        "impression_invalidated",
        2 * HOUR_MS,
        imp_id="i",
        ivt_class="givt",
        original_event_time=MIDNIGHT + HOUR_MS,
        **seen,
    )
    assert of_a_day("platform_net_revenue_usd", first) == 0.01
    assert of_a_day("platform_net_revenue_usd", first, back) == 0


def test_what_the_platform_keeps_is_net_of_the_fees_of_refunded_orders() -> None:
    """6 % of an order of 100 is 6; of 40 of it 2.40 are given back; a sample's refund gives back none."""
    back = refund(2 * HOUR_MS, 40, HOUR_MS, referral_fee_bps=600)
    sample = refund(3 * HOUR_MS, 40, HOUR_MS, referral_fee_bps=600, is_sample=True)
    assert (
        of_a_day("platform_net_revenue_usd", order(HOUR_MS, 100, referral_fee_bps=600), back, sample) == 3.6
    )


def test_what_the_platform_keeps_is_net_of_chargebacks() -> None:
    """Of a gift it keeps 0.50 of a net 1.00; the payment is charged back, the creator gives back 0.50: 0."""
    gift = event(
        "gift_sent",
        HOUR_MS,
        unit_coins=100,
        repeat_count=1,
        net_usd_micros=DOLLAR,
        creator_usd_micros=DOLLAR // 2,
    )
    then = {"original_event_time": MIDNIGHT + HOUR_MS}
    disputed = event(
        "topup_disputed", 2 * HOUR_MS, amount_micros=2 * DOLLAR, net_micros=DOLLAR, coins=100, **then
    )
    reversed_ = event("gift_reversed", 3 * HOUR_MS, coins=100, reason="chargeback", **then)
    assert of_a_day("platform_net_revenue_usd", gift) == 0.5
    assert of_a_day("platform_net_revenue_usd", gift, disputed) == -0.5
    assert of_a_day("platform_net_revenue_usd", gift, disputed, reversed_) == 0


def test_what_is_disputed_without_a_net_amount_is_lost_whole() -> None:
    """A payment of 2 USD that does not say what came in net."""
    disputed = event("topup_disputed", 2 * HOUR_MS, amount_micros=2 * DOLLAR)
    assert of_a_day("platform_net_revenue_usd", disputed) == -2


def test_reversals_and_gross_earnings_are_of_all_tools() -> None:
    """10 of rewards and 30 of a deal are earned, 4 of rewards taken back: a tenth of 40."""
    reward = event(
        "reward_accrued", HOUR_MS, qualified_views=10_000, views=10_000, rpm_micros=DOLLAR, bonus_micros=0
    )
    deal = event("deal_approved", 2 * HOUR_MS, value_micros=30 * DOLLAR)
    back = event(
        "reward_reversed", 3 * HOUR_MS, reward_micros=4 * DOLLAR, original_event_time=MIDNIGHT + HOUR_MS
    )
    assert of_a_day("creator_reversal_ratio", reward, deal, back) == 0.1


def test_what_a_view_of_a_deal_costs() -> None:
    """30 USD for 10,000 views and 10 for 2,000: 40 x 1,000 / 12,000; a deal without views is in no sum."""
    paid = [
        event("deal_paid", HOUR_MS + place, deal_id=f"d{place}", value_micros=usd * DOLLAR, views=views)
        for place, (usd, views) in enumerate(((30, 10_000), (10, 2_000), (500, None)))
    ]
    costs = of_a_day("deal_cost_per_1000_views_usd", *paid, window="7d")
    assert costs == pytest.approx(10 / 3, rel=1e-12)
    assert of_a_day("deal_views_per_deal", *paid, window="7d") == 6_000
    assert of_a_day("deal_settled_usd", *paid) == 540


def test_what_the_fund_pays_for_viewing_time() -> None:
    """0.60 of rewards less 0.10 taken back, over two hours: 0.25 for each, 250 for a thousand."""
    reward = event(
        "reward_accrued", HOUR_MS, qualified_views=1_000, views=2_000, rpm_micros=600_000, bonus_micros=0
    )
    back = event(
        "reward_reversed", 2 * HOUR_MS, reward_micros=100_000, original_event_time=MIDNIGHT + HOUR_MS
    )
    watched = event("heartbeat", 3 * HOUR_MS, organic_ms=2 * HOUR_MS, ad_ms=0)
    assert of_a_day("reward_cost_per_1000_hours_usd", reward, back, watched) == 250
    assert of_a_day("reward_per_1000_views_usd", reward, back, watched) == 0.3


def test_what_ads_pay_a_creator_for_views() -> None:
    """Half of an impression at 20 USD per thousand is 0.01; over four videos it is 2.50 per thousand."""
    seen = event("impression", HOUR_MS, billable=True, price_micros_cpm=20 * DOLLAR, revenue_share_bps=5_000)
    views = event("completion", 2 * HOUR_MS, views=4, completed=1)
    assert of_a_day("creator_ad_per_1000_views_usd", seen, views) == 2.5


def test_conversions_of_machines_do_not_sell() -> None:
    """Of a person's conversion and a machine's the first counts, so it cost what the impression did."""
    seen = event("impression", HOUR_MS, billable=True, price_micros_cpm=1_000 * DOLLAR)
    sales = [
        event("conversion", 2 * HOUR_MS + place, imp_id=f"i{place}", value_micros=DOLLAR, ivt_class=ivt)
        for place, ivt in enumerate(("none", "sivt", "robot"))
    ]
    assert of_a_day("ad_cost_per_conversion_usd", seen, *sales) == 1


@pytest.mark.parametrize("band", sorted(MINOR_BANDS))
@pytest.mark.slow
def test_every_spelling_of_a_minor_counts(band: str) -> None:
    """A gift of a viewer with a verified age below 18, and one to a host below 18, whoever says so."""
    records = [
        event("gift_sent", HOUR_MS, viewer_age_band=band, age_source="verified"),
        event("gift_sent", HOUR_MS + 1, creator_age_band=band),
        *time_records(2 * HOUR_MS),
    ]
    windows = shown(["minor_gift_count", "minor_host_gift_count", "unknown_age_count"], records)
    assert last(windows, "minor_gift_count", "1h", HOUR_MS + 60_000) == 1
    assert last(windows, "minor_host_gift_count", "1h", HOUR_MS + 60_000) == 1
    assert last(windows, "unknown_age_count", "1h", HOUR_MS + 60_000) == 0


@pytest.mark.parametrize(
    "said",
    [
        {"viewer_age_band": "teen"},
        {"viewer_age_band": "UNDER_18", "age_source": "verified"},
        {"age_source": "oracle"},
        {"creator_age_band": ""},
    ],
)
def test_an_age_in_other_words_is_unknown(said: dict[str, Any]) -> None:
    """It is no minor's, and it is counted where AgeUnknown sees it."""
    records = [event("gift_sent", HOUR_MS, **said), *time_records(2 * HOUR_MS)]
    windows = shown(["minor_gift_count", "unknown_age_count"], records)
    assert last(windows, "minor_gift_count", "1h", HOUR_MS + 60_000) == 0
    assert last(windows, "unknown_age_count", "1h", HOUR_MS + 60_000) == 1


def test_a_late_value_is_capped_by_its_tool() -> None:
    """Orders of 300 in time, and of 900, which counts as 500, three days late: 500 of 800 is lost.

    Windows that hold one of them only have lost nothing, or all.
    """
    records = [
        order(4 * DAY_MS + HOUR_MS, 300),
        event(
            "order_completed",
            4 * DAY_MS + HOUR_MS + 1,
            late_ms=3 * DAY_MS,
            value_micros=900 * DOLLAR,
            order_id="l",
        ),
        *time_records(4 * DAY_MS + 2 * HOUR_MS),
    ]
    windows = shown(["late_value_lost_ratio"], records)
    shares = {
        number(window)
        for window in windows
        if window["labels"]["topic"] == "purchase" and window["state"] == "final"
    }
    assert shares - {None} == {0, 0.625, 1}


def test_a_provisional_result_holds_late_records_and_says_so() -> None:
    """A gift of 5 coins in time and one of 7 late: 5, then 12 with the reason ``late``; the final is of 5."""
    records = [
        event("gift_sent", HOUR_MS + 1_000, unit_coins=5, repeat_count=1),
        *time_records(HOUR_MS + 65_000),
        event("gift_sent", HOUR_MS + 125_000, is_test=True),
        event("gift_sent", HOUR_MS + 125_001, late_ms=124_000, unit_coins=7, repeat_count=1),
        *time_records(3 * HOUR_MS),
    ]
    windows = [
        window
        for window in shown(["gift_value_coins"], records)
        if window["window"] == "1h" and window["end"] == MIDNIGHT + HOUR_MS + 60_000
    ]
    told = [
        (window["state"], number(window), window["reason"])
        for window in windows
        if window["labels"]["app"] == "tiktok"
    ]
    assert ("provisional", 5, "") in told
    assert ("final", 5, "") in told
    assert told[-1] == ("restated", 12, "late")


def test_a_running_day_holds_what_is_known() -> None:
    """A gift of an hour ago comes two hours late: the running business day has it at once."""
    records = [
        event("gift_sent", 4 * HOUR_MS, unit_coins=2, repeat_count=1),
        event("gift_sent", 4 * HOUR_MS + 1, late_ms=2 * HOUR_MS, unit_coins=8, repeat_count=1),
        *time_records(5 * HOUR_MS),
    ]
    running = [
        (number(window), window["reason"])
        for window in shown(["creator_net_earnings_usd"], records)
        if window["window"] == "day"
        and window["labels"]["tool"] == "gift"
        and window["state"] == "provisional"
    ]
    assert running[-1] == (0.05, "late")


@pytest.mark.parametrize("after_ms", [HOUR_MS, 30 * DAY_MS])
def test_a_deal_is_earned_and_paid_once(after_ms: int) -> None:
    """Approval and payment come again under their own and under other ids, long after the horizon."""
    steps = [
        event("deal_approved", HOUR_MS, deal_id="d", value_micros=30 * DOLLAR),
        event("deal_posted", 2 * HOUR_MS, deal_id="d"),
        event("deal_paid", 3 * HOUR_MS, deal_id="d", value_micros=30 * DOLLAR),
    ]
    again = 3 * HOUR_MS + after_ms
    other = [
        event(kind, again + place, deal_id="d", value_micros=30 * DOLLAR, event_id=f"x{place}")
        for place, kind in enumerate(("deal_approved", "deal_paid"))
    ]
    same = [step._replace(timestamp_ms=MIDNIGHT + again) for step in (steps[0], steps[2])]
    end = (again // DAY_MS + 2) * DAY_MS
    windows = shown(
        ["deal_earned_usd", "deal_settled_usd"],
        [*steps, *time_records(again), *other, *same, *time_records(end)],
    )
    for name in ("deal_earned_usd", "deal_settled_usd"):
        stated = {
            number(window)
            for window in windows
            if window["name"] == name
            and window["state"] != "provisional"
            and window["labels"]["region"] == "US"
        }
        assert stated == {30}, name


def test_who_gives_is_one_of_those_who_watch() -> None:
    """Of a, who watches and gives in a room, and b, who watches and gives under a video, a converts: half.

    Who gives and does not watch is in neither number.
    """
    watched = [
        event("heartbeat", HOUR_MS + place, viewer_id=who, surface="live", organic_ms=10_000, ad_ms=0)
        for place, who in enumerate("ab")
    ]
    gifts = [
        event("gift_sent", HOUR_MS + 9 + place, viewer_id=who, room_id=room)
        for place, (who, room) in enumerate((("a", "r"), ("b", ""), ("c", "r")))
    ]
    windows = shown(["gifter_conversion_ratio"], [*watched, *gifts, *time_records(3 * HOUR_MS)])
    assert last(windows, "gifter_conversion_ratio", "1h", HOUR_MS + 60_000) == 0.5


def test_who_buys_live_is_one_of_those_who_watch() -> None:
    """Of two viewers one buys in a room; a third, who buys after less than 10 s, is in neither number."""
    watched = [
        event("heartbeat", HOUR_MS + place, viewer_id=who, surface="live", organic_ms=ms, ad_ms=0)
        for place, (who, ms) in enumerate((("a", 10_000), ("b", 10_000), ("c", 9_999)))
    ]
    bought = [
        order(HOUR_MS + 9 + place, 5, viewer_id=who, attribution="live") for place, who in enumerate("ac")
    ]
    windows = shown(["live_buyers_ratio"], [*watched, *bought, *time_records(3 * HOUR_MS)])
    assert last(windows, "live_buyers_ratio", "1h", HOUR_MS + 60_000) == 0.5


def test_who_earns_is_one_of_those_who_are_watched() -> None:
    """Of a and b, who are watched, a earns 1 dollar, b less; c earns by a deal, and nobody watches: half."""
    watched = [
        event("heartbeat", HOUR_MS + place, creator_id=who, organic_ms=1, ad_ms=0)
        for place, who in enumerate("ab")
    ]
    gifts = [
        event("gift_sent", HOUR_MS + 9 + place, creator_id=who, unit_coins=coins, repeat_count=1)
        for place, (who, coins) in enumerate((("a", 200), ("b", 199)))
    ]
    deal = event("deal_approved", 2 * HOUR_MS, creator_id="c", value_micros=9 * DOLLAR)
    assert of_a_day("creators_earning_ratio", *watched, *gifts, deal) == 0.5


def test_acceptance_is_of_the_deals_of_an_invitations_day() -> None:
    """Two invitations on a day, one agreed two days later: half. A deal without one is not in it."""
    records = [
        event("deal_invited", HOUR_MS, deal_id="a"),
        event("deal_invited", HOUR_MS + 1, deal_id="b"),
        *time_records(2 * DAY_MS),
        event("deal_agreed", 2 * DAY_MS + HOUR_MS, deal_id="a"),
        event("deal_agreed", 2 * DAY_MS + HOUR_MS + 1, deal_id="unknown"),
        *time_records(9 * DAY_MS),
    ]
    windows = shown(["deal_acceptance_ratio"], records)
    assert last(windows, "deal_acceptance_ratio", "day", DAY_MS) == 0.5
    later = [
        window for window in windows if window["start"] == MIDNIGHT + 2 * DAY_MS and window["window"] == "day"
    ]
    assert {number(window) for window in later} <= {None}


def test_activation_is_of_those_who_enrolled() -> None:
    """A and b enrol for gifts, a earns; c earns with gifts and enrolled long ago: half."""
    came = [
        event("tool_enrolled", HOUR_MS + place, creator_id=who, tool="gift") for place, who in enumerate("ab")
    ]
    gifts = [event("gift_sent", 2 * HOUR_MS + place, creator_id=who) for place, who in enumerate("ac")]
    windows = shown(["tool_activation_ratio"], [*came, *gifts, *time_records(9 * DAY_MS)])
    assert last(windows, "tool_activation_ratio", "7d", DAY_MS, tool="gift") == 0.5


def test_adoption_is_of_those_who_became_eligible() -> None:
    """A and b become eligible, a enrols; c enrols and was eligible long ago: half."""
    came = [
        event("tool_eligible", HOUR_MS + place, creator_id=who, tool="ad") for place, who in enumerate("ab")
    ]
    enrolled = [
        event("tool_enrolled", 2 * HOUR_MS + place, creator_id=who, tool="ad")
        for place, who in enumerate("ac")
    ]
    windows = shown(["tool_adoption_ratio"], [*came, *enrolled, *time_records(9 * DAY_MS)])
    assert last(windows, "tool_adoption_ratio", "7d", DAY_MS, tool="ad") == 0.5


def test_a_share_of_other_records_is_shown_as_one_at_most() -> None:
    """Two views of ads, of which one could be measured in these minutes: 1, and the parts say 2 and 1."""
    seen = event("impression", HOUR_MS, imp_id="a", billable=True, measurable=True)
    views = [event("viewable", HOUR_MS + 9 + place, imp_id=imp) for place, imp in enumerate("ab")]
    windows = shown(["ad_viewability_ratio"], [seen, *views, *time_records(2 * HOUR_MS)])
    told = [window for window in windows if window["state"] == "final" and window["labels"]["region"] == "US"]
    assert {(number(window), str(dict(window["parts"]))) for window in told} == {
        (1, "{'ad_viewable': '2', 'ad_measurable': '1'}")
    }


def test_lost_ends_are_never_fewer_than_none() -> None:
    """A streak times out; a minute later its end comes, and another one's: 0 in windows of these alone."""
    streak: dict[str, Any] = {"gift_type": 1, "viewer_id": "v", "unit_coins": 1}
    start = HOUR_MS
    records = [
        event("gift_sent", start, group_id="a", repeat_count=3, repeat_end=False, **streak),
        *time_records(start + 36_000),
        event("gift_sent", start + 65_000, group_id="b", repeat_count=1, repeat_end=True, **streak),
        event("gift_sent", start + 66_000, group_id="a", repeat_count=4, repeat_end=True, **streak),
        *time_records(2 * HOUR_MS),
    ]
    windows = shown(["streak_unclosed_ratio", "streak_ends_missing_balance"], records)
    ratios = {number(window) for window in windows if window["name"] == "streak_unclosed_ratio"}
    assert (
        min(number(window) or 0 for window in windows if window["name"] == "streak_ends_missing_balance")
        == -1
    )
    assert min(ratio for ratio in ratios if ratio is not None) == 0


MAY_PASS_ONE = {
    "gift_take_ratio": "below 0 where creators are booked more than came in, which CR6 must show",
    "ad_take_ratio": "the same of ads",
    "commerce_take_ratio": "the same of orders",
    "gift_realised_take_ratio": "below 0 where more is charged back than kept, which N6 must show",
    "commerce_realised_take_ratio": "a ratio of flows: fees come back on another day than they were kept",
    "gift_refund_ratio": "a ratio of flows: gifts of other days are paid back",
    "topup_dispute_ratio": "likewise: disputes come weeks after what is settled",
    "refund_ratio": "a ratio of flows: refunds of a day are of orders of other days",
    "card_dispute_ratio": "likewise: disputes come weeks after what is settled",
    "creator_reversal_ratio": "likewise",
    "creator_cohort_reversal_ratio": "what is taken back twice must show",
    "ad_unsafe_ratio": "ads beside removed content were shown at any time before",
    "click_to_order_ratio": "orders need no click",
}
SHARES = [value for value in VALUES if value.unit == "percentunit" and isinstance(value.formula, Ratio)]


@pytest.mark.parametrize("value", SHARES, ids=lambda value: value.name)
def test_every_share_is_bounded_or_says_why_not(value: Value) -> None:
    """All values in per cent that are a sum over a sum."""
    ratio = value.formula
    assert isinstance(ratio, Ratio)
    natural = set(ratio.num.terms) <= {
        "commission_usd",
        "records_late",
        "records_duplicate",
        "records_invalid",
    }
    assert ratio.bounded or natural or value.name in MAY_PASS_ONE or value.labels == ("topic",)


@pytest.mark.parametrize(
    "value",
    [value for value in VALUES if isinstance(value.formula, Reach)],
    ids=lambda value: f"{value.name}-{value.fixed.get('tool', '')}",
)
def test_who_is_counted_is_among_those_who_could_be(value: Value) -> None:
    """Above the line stand identities that have what those below have: the share cannot pass 1."""
    reach = value.formula
    assert isinstance(reach, Reach)
    assert reach.among is not None
    assert set(reach.among.measures) <= set(reach.each.measures)


async def _windows_shown(minutes: int, *records: Produced) -> set[str]:
    """The windows in which what gifts left for the platform is shown so many minutes after 01:00."""
    harness = Harness([*records, *time_records(HOUR_MS + minutes * 60_000)], SETTINGS)
    await harness.open()
    await harness.run(10)
    return {
        dict(sample.labels)["window"]
        for place in MERGES
        if (committed := harness.runners[place].committed)
        for sample in committed.samples
        if sample.family == "pulse_gift_kept_usd"
    }


@pytest.mark.parametrize(("minutes", "windows"), [(59, {"1h"}), (119, {"1h"}), (121, {"1h", "24h"})])
def test_not_yet_is_not_zero(minutes: int, windows: set[str]) -> None:
    """The log begins at 01:01, so 02:00 to 03:00 is the first full hour: then 24 hours have a sample."""
    assert asyncio.run(_windows_shown(minutes, event("gift_sent", HOUR_MS + 60_000))) == windows


def test_what_is_taken_back_does_not_say_when_the_log_began() -> None:
    """The first record of all gives back a gift of three days ago: 24 hours have no sample before 03:00."""
    back = event("gift_reversed", HOUR_MS + 60_000, original_event_time=MIDNIGHT - 3 * DAY_MS)
    assert asyncio.run(_windows_shown(119, back)) == {"1h"}


def test_a_provisional_ratio_says_its_parts_as_they_are() -> None:
    """Two frauds and nothing settled: no ratio after the first nor after the second, but other parts."""
    frauds = [event("fraud_reported", hour * HOUR_MS, payment_method="card") for hour in (1, 2)]
    newest = [
        window
        for window in shown(["card_dispute_ratio"], [*frauds, *time_records(3 * HOUR_MS)])
        if (window["window"], window["state"]) == ("mtd", "provisional")
    ][-1]
    assert newest["value"] is None
    assert dict(newest["parts"])["card_fraud"] == "2"


def test_a_late_record_is_a_record_and_adds_no_money() -> None:
    """Two hours late, booked before, under a wrong key, with a field nobody lists: told so, and no gift.

    Nor does it count in what says which fields records carry, and in which words.
    """
    first = event("gift_sent", 4 * HOUR_MS, transaction_id="t", unit_coins=7, repeat_count=1)
    late = event(
        "gift_sent",
        4 * HOUR_MS + 1,
        late_ms=2 * HOUR_MS,
        transaction_id="t",
        unit_coins=5,
        repeat_count=1,
        platform="ios",
        viewer_age_band="teen",
        shoe_size=41,
    )

    async def totals() -> dict[str, float]:
        harness = Harness([first._replace(key=b"x"), late], SETTINGS)
        await harness.open()
        await harness.run(1)
        families = {sample.name for sample in harness.samples()}
        return {name: harness.total(name) for name in families if harness.total(name)}

    counted = asyncio.run(totals())
    assert counted["pulse_records_total"] == 2
    assert counted["pulse_semantic_duplicates_total"] == 1
    assert counted["pulse_miskeyed_records_total"] == 1
    assert counted["pulse_unknown_fields_total"] == 1
    assert counted["pulse_gift_coins_total"] == 7
    assert counted["pulse_late_usd_total"] == pytest.approx(5 * 0.0143)
    assert counted["pulse_late_earned_usd_total"] == pytest.approx(5 * 0.005)
    assert counted.keys().isdisjoint({"pulse_field_present_total", "pulse_unlisted_words_total"})
