"""Values mean what their names say: events by hand, and numbers by hand."""

from __future__ import annotations

from typing import Any

import pytest

from creator_pulse.stream.events.listed_words import MINOR_BANDS
from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT, event, last, number, shown, time_records

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


def test_conversions_of_machines_do_not_sell() -> None:
    """Of a person's conversion and a machine's the first counts, so it cost what the impression did."""
    seen = event("impression", HOUR_MS, billable=True, price_micros_cpm=1_000 * DOLLAR)
    sales = [
        event("conversion", 2 * HOUR_MS + place, imp_id=f"i{place}", value_micros=DOLLAR, ivt_class=ivt)
        for place, ivt in enumerate(("none", "sivt", "robot"))
    ]
    assert of_a_day("ad_cost_per_conversion_usd", seen, *sales) == 1


@pytest.mark.parametrize("band", sorted(MINOR_BANDS))
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
        number(one) for one in windows if one["labels"]["topic"] == "purchase" and one["state"] == "final"
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
        one
        for one in shown(["gift_value_coins"], records)
        if one["window"] == "1h" and one["end"] == MIDNIGHT + HOUR_MS + 60_000
    ]
    told = [(one["state"], number(one), one["reason"]) for one in windows if one["labels"]["app"] == "tiktok"]
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
        (number(one), one["reason"])
        for one in shown(["creator_net_earnings_usd"], records)
        if one["window"] == "day" and one["labels"]["tool"] == "gift" and one["state"] == "provisional"
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
    same = [one._replace(timestamp_ms=MIDNIGHT + again) for one in (steps[0], steps[2])]
    end = (again // DAY_MS + 2) * DAY_MS
    windows = shown(
        ["deal_earned_usd", "deal_settled_usd"],
        [*steps, *time_records(again), *other, *same, *time_records(end)],
    )
    for name in ("deal_earned_usd", "deal_settled_usd"):
        stated = {
            number(one)
            for one in windows
            if one["name"] == name and one["state"] != "provisional" and one["labels"]["region"] == "US"
        }
        assert stated == {30}, name
