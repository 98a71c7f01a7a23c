"""Ledger: what ads, orders, refunds and gifts are worth; expected sums multiplied by hand."""

from __future__ import annotations

from typing import Any

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.settings import Settings
from tests.support.any_event import T0
from tests.support.ledger_events import add


def total(ledger: Ledger, measure: str, region: str = "US", app: str = "tiktok") -> int:
    """A total of a region."""
    return ledger.truth.totals[measure, (app, region)]


def impression(ledger: Ledger, **own: Any) -> str:
    """Add a billable impression at a CPM of 6 USD with half of it shared."""
    fields = {"imp_id": "i1", "price_micros_cpm": 6_000_000, "currency": "USD", "billable": True}
    return add(ledger, "ad", "impression", **{**fields, "revenue_share_bps": 5_000, **own})


def order(ledger: Ledger, **own: Any) -> str:
    """Add an order of 35 USD with 10 % commission and 6 % referral fee."""
    fields = {"order_id": "o1", "value_micros": 35_000_000, "currency": "USD", "commission_bps": 1_000}
    return add(ledger, "purchase", "order_completed", **{**fields, "referral_fee_bps": 600, **own})


def test_a_price_is_per_thousand_impressions() -> None:
    """CPM 6 USD: 6 x 10^6 x 10^6 over 10^15 is 0.006 USD; half is the creator's, half the platform's."""
    ledger = Ledger(Settings())
    impression(ledger)
    assert total(ledger, "ad_revenue_usd") == 6 * 10**12
    assert total(ledger, "creator_ad_usd") == 6 * 10**12 * 5_000
    assert total(ledger, "ad_platform_usd") == 6 * 10**12 * 5_000


def test_an_absent_share_is_no_share() -> None:
    """Without ``revenue_share_bps`` all of 6 x 10^12 x 10^4 is the platform's."""
    ledger = Ledger(Settings())
    impression(ledger, revenue_share_bps=None)
    assert (total(ledger, "creator_ad_usd"), total(ledger, "ad_platform_usd")) == (0, 6 * 10**16)


def test_unbillable_and_invalid_traffic_are_no_revenue() -> None:
    """Counted, but no valid impression: not billable, ``givt``, or a class nobody knows."""
    ledger = Ledger(Settings())
    own: dict[str, Any]
    for own in ({"billable": False}, {"ivt_class": "givt"}, {"ivt_class": "odd"}):
        assert impression(ledger, **own) == "counted"
    impression(ledger, ivt_class="none")
    assert (total(ledger, "ad_impressions"), total(ledger, "ad_revenue_usd")) == (1, 6 * 10**12)


def test_an_impression_without_a_surface_is_of_an_unknown_one() -> None:
    """The surface label is ``unknown``."""
    ledger = Ledger(Settings())
    impression(ledger)
    assert ledger.truth.windows["ad_shown", ("tiktok", "US", "unknown"), T0] == [1, None, None, None, None]


def test_foreign_money_is_multiplied_by_its_rate() -> None:
    """29,032 IDR a thousand at 62 micro-USD: 29,032 x 10^6 x 62."""
    ledger = Ledger(Settings())
    impression(ledger, price_micros_cpm=29_032_000_000, currency="IDR", region="ID")
    assert total(ledger, "ad_revenue_usd", "ID") == 29_032 * 10**6 * 62


def test_an_order_pays_commission_and_fee() -> None:
    """35 USD: GMV 35 x 10^12, commission x 1,000 bps, fee x 600 bps."""
    ledger = Ledger(Settings())
    order(ledger)
    assert (total(ledger, "orders"), total(ledger, "gmv_usd")) == (1, 35 * 10**12)
    assert total(ledger, "commission_usd") == 35 * 10**15
    assert total(ledger, "commerce_platform_usd") == 35 * 10**12 * 600


def test_a_sample_is_no_order() -> None:
    """A sample is counted and in no sum."""
    ledger = Ledger(Settings())
    assert order(ledger, is_sample=True) == "counted"
    assert (total(ledger, "orders"), total(ledger, "gmv_usd"), total(ledger, "commission_usd")) == (0, 0, 0)


def test_absent_basis_points_are_zero() -> None:
    """An order without a commission has GMV, but none that is attributed."""
    ledger = Ledger(Settings())
    order(ledger, commission_bps=None)
    assert (total(ledger, "gmv_usd"), total(ledger, "commission_usd")) == (35 * 10**12, 0)
    assert ledger.truth.windows["attributed_gmv_usd", ("tiktok", "US"), T0][0] == 0


def test_refunds_and_cancellations_take_commission_back() -> None:
    """10 USD refunded and 20 cancelled at 10 %: 10^15 x 10 and 10^15 x 20 go back."""
    ledger = Ledger(Settings())
    for kind, dollars in (("order_refunded", 10), ("order_cancelled", 20)):
        own = {"refund_micros": dollars * 10**6, "currency": "USD", "commission_bps": 1_000}
        add(ledger, "purchase", kind, order_id="o1", original_event_time=T0 - DAY_MS, **own)
    assert (total(ledger, "refunded_usd"), total(ledger, "cancelled_usd")) == (10**13, 2 * 10**13)
    assert total(ledger, "commission_refunded_usd") == 10**16
    assert total(ledger, "commission_cancelled_usd") == 2 * 10**16


def test_a_rate_holds_from_its_date() -> None:
    """EUR at 1.08, from T0 + 1 s at 1.20: orders of 10 EUR a second apart are 10.8 and 12 USD."""
    later = {"kind": "fx", "id": "EUR", "valid_from": T0 + 1_000, "usd_micros": 1_200_000}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, later)))
    order(ledger, value_micros=10_000_000, currency="EUR", region="DE")
    order(ledger, value_micros=10_000_000, currency="EUR", region="DE", event_time=T0 + 1_000)
    assert total(ledger, "gmv_usd", "DE") == 10_800_000 * 10**6 + 12_000_000 * 10**6


def test_a_reversal_goes_at_the_original_rate() -> None:
    """100 coins given at 5,000 and reversed after the rate became 4,000: 100 x 5,000 go back."""
    later = {"kind": "rate", "id": "creator:*:*:*", "valid_from": T0, "usd_micros": 4_000}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, later)))
    add(ledger, "gift", "gift_reversed", transaction_id="t", coins=100, original_event_time=T0 - 1)
    assert total(ledger, "gift_reversed_usd") == 500_000


def test_an_invalidated_impression_goes_at_the_original_rate() -> None:
    """6 EUR at 5,000 bps, shown at 1.08 and invalidated at 1.20: 6 x 10^6 x 1,080,000 x 5,000."""
    later = {"kind": "fx", "id": "EUR", "valid_from": T0, "usd_micros": 1_200_000}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, later)))
    own = {"imp_id": "i", "price_micros_cpm": 6_000_000, "currency": "EUR", "revenue_share_bps": 5_000}
    add(ledger, "ad", "impression_invalidated", ivt_class="sivt", original_event_time=T0 - 1, **own)
    assert total(ledger, "ad_reversed_usd") == 6_000_000 * 1_080_000 * 5_000


def test_a_field_of_another_event_type_dates_nothing() -> None:
    """``original_event_time`` is no field of an order: the order's own time chooses 1.20, not 1.08."""
    later = {"kind": "fx", "id": "EUR", "valid_from": T0, "usd_micros": 1_200_000}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, later)))
    order(ledger, value_micros=10_000_000, currency="EUR", original_event_time=T0 - 1)
    assert total(ledger, "gmv_usd") == 12 * 10**12


def test_the_most_specific_rate_wins() -> None:
    """Two named parts beat one; app goes before region, region before platform."""
    ids = ("*:*:ios", "*:US:*", "tiktok:*:*", "*:US:ios", "tiktok:*:ios", "tiktok:US:*", "tiktok:US:ios")
    entries = [
        {"kind": "rate", "id": f"creator:{name}", "valid_from": 0, "usd_micros": rate}
        for rate, name in enumerate(ids, 1)
    ]
    for known in range(len(ids), 0, -1):
        assert RateBook(entries[:known]).rate("creator", ("tiktok", "US", "ios"), 1) == known


def test_a_missing_platform_matches_only_any() -> None:
    """Without a platform the rate of ``ios`` does not hold."""
    ios = {"kind": "rate", "id": "price:*:*:ios", "valid_from": 0, "usd_micros": 9}
    references = RateBook((*DEFAULTS, ios))
    assert references.rate("price", ("tiktok", "US", None), 1) == 14_300
    assert references.rate("price", ("tiktok", "US", "ios"), 1) == 9


def test_a_specific_rate_counts_only_from_its_date() -> None:
    """Before a region's own rate began, the general one holds."""
    own = {"kind": "rate", "id": "price:tiktok:US:*", "valid_from": 100, "usd_micros": 9}
    references = RateBook((*DEFAULTS, own))
    assert [references.rate("price", ("tiktok", "US", None), time) for time in (99, 100)] == [14_300, 9]


def test_regions_beyond_the_budget_are_other() -> None:
    """FR has no series of its own, and US none in douyin; the rate is still that of FR."""
    french = {"kind": "rate", "id": "creator:*:FR:*", "valid_from": 0, "usd_micros": 1}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, french)))
    gift = {"gift_id": "rose", "gift_type": 2, "unit_coins": 3, "repeat_count": 1, "repeat_end": True}
    add(ledger, "gift", "gift_sent", region="FR", **gift)
    add(ledger, "gift", "gift_sent", app="douyin", **gift)
    assert total(ledger, "creator_gift_usd", "other") == 3
    assert total(ledger, "gifts", "other", "douyin") == 1


def test_late_value_beyond_a_day_is_lost_value() -> None:
    """A 1,500-coin gift two days late: capped at 1,000 x 14,300; the same five minutes old: not lost."""
    gift = {"gift_id": "x", "gift_type": 2, "unit_coins": 1_500, "repeat_count": 1, "repeat_end": True}
    ledger = Ledger(Settings())
    add(ledger, "gift", "gift_sent", **gift)
    add(ledger, "gift", "gift_sent", event_time=T0 - 2 * DAY_MS, **gift)
    add(ledger, "gift", "gift_sent", event_time=T0 - 1_000_000, **gift)
    lost = [sums[0] for (name, _, _), sums in ledger.truth.windows.items() if name == "gift_unabsorbed_usd"]
    assert lost == [14_300_000]
    assert total(ledger, "gift_late_usd") == 2 * 1_500 * 14_300


def test_the_truth_survives_json_to_the_last_digit() -> None:
    """A sum of 10^20 + 1, beyond a float's 53 bits, comes back exactly, as do None parts."""
    truth = Truth()
    truth.totals["gmv_usd", ("tiktok", "US")] = 10**20 + 1
    truth.windows["gmv_usd", ("tiktok", "US"), T0] = [None, 10**20 + 1, 0, None]
    truth.outcomes["gift", 3] = {"late": 2}
    truth.watermarks["gift", 3] = T0
    back = Truth.from_json(truth.to_json())
    assert (back.totals, back.windows) == (truth.totals, truth.windows)
    assert (back.outcomes, back.watermarks) == (truth.outcomes, truth.watermarks)
