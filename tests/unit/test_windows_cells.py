"""What one record adds to each sum: money by hand, in the smallest unit."""

from __future__ import annotations

from creator_pulse.stream.catalog.registry import MEASURES
from creator_pulse.stream.events.references import References
from tests.support.records import T0, batch, cells, counters, record

US = ("tiktok", "US")
EUR = 1_080_000
"""Micro-USD of a euro, by default."""


def impression(**fields: object) -> bytes:
    """A valid impression at 3 EUR per thousand, half of it the creator's."""
    usual = {"price_micros_cpm": 3_000_000, "currency": "EUR", "revenue_share_bps": 5_000, "billable": True}
    return record("ad", "impression", **(usual | fields))


def test_an_impression_is_a_thousandth_of_its_price() -> None:
    """3 EUR per thousand at 1.08: 0.00324 USD, of which 50 % are 0.00162."""
    sums = cells("ad", impression())
    assert sums["ad_revenue_usd", US] == 3_000_000 * EUR
    assert sums["ad_revenue_usd", US] * 100_000 == 324 * MEASURES["ad_revenue_usd"].scale
    assert sums["creator_ad_usd", US] * 100_000 == 162 * MEASURES["creator_ad_usd"].scale
    assert sums["ad_impressions", US] == 1


def test_the_platform_keeps_the_rest() -> None:
    """0.00324 - 0.00162 USD; without a share, all of it."""
    shown = counters("ad", batch(impression()))
    assert round(shown["platform_usd_total"], 12) == 0.00162
    shown = counters("ad", batch(impression(revenue_share_bps=None)))
    assert round(shown["platform_usd_total"], 12) == 0.00324


def test_invalid_traffic_is_no_impression() -> None:
    """Not billable, or of any class but ``none``: counted as records, 0 in the sums."""
    values = [impression(event_id="a", billable=False), impression(event_id="b", ivt_class="sivt")]
    shown = counters("ad", batch(*values, impression(event_id="c", ivt_class="unheard_of")))
    assert shown["records_total:counted"] == 3
    assert "ad_impressions_total" not in shown
    assert "ad_revenue_usd_total" not in shown


def test_the_largest_money_does_not_wrap() -> None:
    """100 impressions of 10^14 micros at 10,000 bps: 10^26, far beyond 64 bits, to the unit."""
    largest = {"price_micros_cpm": 10**14, "currency": "USD", "revenue_share_bps": 10_000}
    sums = cells("ad", *(impression(event_id=str(number), **largest) for number in range(100)))
    assert sums["ad_revenue_usd", US] == 10**22
    assert sums["creator_ad_usd", US] == 10**26


def test_the_largest_gift_does_not_wrap() -> None:
    """10^7 coins times 10^6 at 14,300 micro-USD: 1.43 x 10^17 a gift, 100 of them 1.43 x 10^19."""
    values = [
        record("gift", "gift_sent", event_id=str(number), unit_coins=10**7, repeat_count=10**6)
        for number in range(100)
    ]
    assert cells("gift", *values)["gift_usd", US] == 143 * 10**17


def test_a_gift_is_its_coins_at_two_rates() -> None:
    """1,500 coins: 1,000 capped, 21.45 USD gross, 7.50 USD earned."""
    shown = counters("gift", batch(record("gift", "gift_sent", unit_coins=500, repeat_count=3)))
    assert shown["gifts_total"] == 1
    assert shown["gift_coins_total"] == 1_500
    assert shown["gift_capped_coins_total"] == 1_000
    assert shown["gift_usd_total"] == 21.45
    assert shown["creator_gift_usd_total"] == 7.5


def test_the_platforms_share_of_gifts_is_as_booked() -> None:
    """100 - 40 micro-USD; a gift that carries one of the two only adds nothing."""
    both = record("gift", "gift_sent", event_id="a", net_usd_micros=100, creator_usd_micros=40)
    one = record("gift", "gift_sent", event_id="b", net_usd_micros=100)
    assert counters("gift", batch(both, one))["platform_usd_total"] == 0.000060


def streak(event_id: str, count: int, **fields: object) -> bytes:
    """A tap of a rose of 400 coins."""
    usual = {"gift_type": 1, "group_id": "g", "unit_coins": 400, "repeat_end": False}
    return record("gift", "gift_sent", event_id=event_id, repeat_count=count, **(usual | fields))


def test_a_streak_counts_at_its_end() -> None:
    """Counts 1, 2, 3 with the end at 3: one gift of 1,200 coins, 1,000 capped; two records are progress."""
    shown = counters("gift", batch(streak("a", 1), streak("b", 2), streak("c", 3, repeat_end=True)))
    assert (shown["gifts_total"], shown["gift_coins_total"], shown["gift_capped_coins_total"]) == (
        1,
        1_200,
        1_000,
    )
    assert (shown["records_total:progress"], shown["records_total:counted"]) == (2, 1)


def test_an_end_after_a_time_out_adds_the_difference() -> None:
    """2 booked at 800 coins, an end of 3: 400 coins more (200 of them under the cap), no further gift."""
    tick = record(
        "gift", "gift_sent", event_id="t", event_time=T0 + 60_000, ingest_time=T0 + 60_000, is_test=True
    )
    end = streak("c", 3, repeat_end=True)
    shown = counters("gift", batch(streak("a", 1), streak("b", 2), tick), batch(end, first=3))
    assert (shown["gifts_total"], shown["gift_coins_total"], shown["gift_capped_coins_total"]) == (
        1,
        1_200,
        1_000,
    )
    assert shown["streaks_timed_out_total"] == 1
    shown = counters("gift", batch(streak("a", 1), streak("b", 2), tick, end))
    assert (shown["gifts_total"], shown["gift_coins_total"], shown["gift_capped_coins_total"]) == (
        1,
        1_200,
        1_000,
    )


def test_a_reversal_takes_back_at_the_gifts_own_rate() -> None:
    """100 coins sent while the creator rate was 5,000: 0.50 USD, though it is 9,000 by now."""
    newer = {"kind": "rate", "id": "creator:*:*:*", "valid_from": T0 - 1_000, "usd_micros": 9_000}
    value = record("gift", "gift_reversed", coins=100, original_event_time=T0 - 2_000)
    assert cells("gift", value, references=References([newer]))["gift_reversed_usd", US] == 500_000


def order(**fields: object) -> bytes:
    """An order of 20 USD with 10 % commission and 5 % referral fee."""
    usual = {"value_micros": 20_000_000, "commission_bps": 1_000, "referral_fee_bps": 500}
    return record("purchase", "order_completed", **(usual | fields))


def test_an_order_has_value_commission_and_fee() -> None:
    """20 USD: 2 USD commission, 1 USD to the platform."""
    shown = counters("purchase", batch(order()))
    assert (shown["orders_total"], shown["gmv_usd_total"]) == (1, 20)
    assert (shown["commission_usd_total"], shown["platform_usd_total"]) == (2, 1)


def test_a_sample_is_counted_but_no_order() -> None:
    """A record that counts, in no sum."""
    shown = counters("purchase", batch(order(is_sample=True)))
    assert shown["records_total:counted"] == 1
    assert not {"orders_total", "gmv_usd_total", "commission_usd_total"} & shown.keys()


def test_refunds_and_cancellations_are_added() -> None:
    """5 USD refunded and 3 USD cancelled at 10 % commission: 8 USD back, 0.80 USD of it commission."""
    usual = {"commission_bps": 1_000}
    refund = record("purchase", "order_refunded", refund_micros=5_000_000, **usual)
    cancel = record("purchase", "order_cancelled", refund_micros=3_000_000, **usual)
    shown = counters("purchase", batch(refund, cancel))
    assert (shown["refund_usd_total"], shown["reversed_usd_total"]) == (8, 0.8)


def test_viewing_is_organic_and_ad_time() -> None:
    """1,500 + 500 ms on the feed: 2 s."""
    value = record("watch", "heartbeat", organic_ms=1_500, ad_ms=500, surface="feed")
    assert cells("watch", value)["watch_ms", (*US, "feed")] == 2_000


def test_a_region_without_series_counts_as_other() -> None:
    """New Zealand is not listed for tiktok, nor the US for douyin."""
    values = [
        record("gift", "gift_sent", event_id="a", region="NZ"),
        record("gift", "gift_sent", event_id="b", app="douyin"),
    ]
    sums = cells("gift", *values)
    assert sums["gifts", ("tiktok", "other")] == sums["gifts", ("douyin", "other")] == 1


def test_a_late_record_is_in_no_total_but_its_own() -> None:
    """A gift of 1 coin two hours late: 0.0143 USD of late value, no gift in the totals."""
    now = record("gift", "gift_sent", event_id="now", ingest_time=T0, is_test=True)
    late = record("gift", "gift_sent", event_time=T0 - 7_200_000)
    shown = counters("gift", batch(now), batch(late, first=1))
    assert shown["late_usd_total"] == 0.0143
    assert "gifts_total" not in shown
    assert "gift_usd_total" not in shown
