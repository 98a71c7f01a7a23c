"""What the platform keeps by tool, and its realised take rates: numbers by hand."""

from __future__ import annotations

import pytest

from creator_pulse.stream.catalog.declaration.declare import Sum
from creator_pulse.stream.catalog.platform.metrics import N4, N5
from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT, event, last, shown, time_records

ONE = HOUR_MS
"""When things happen, ms after midnight."""
DOLLAR = 10**6
BOOKED = (
    # 1.00 USD of net value, of which 0.40 are the creator's.
    event(
        "gift_sent",
        ONE,
        unit_coins=80,
        repeat_count=1,
        net_usd_micros=1_000_000,
        creator_usd_micros=400_000,
    ),
    event("order_completed", ONE + 1, value_micros=100 * DOLLAR, referral_fee_bps=600),
    event(
        "impression",
        ONE + 2,
        imp_id="i",
        billable=True,
        price_micros_cpm=1_000 * DOLLAR,
        revenue_share_bps=5_500,
    ),
    event("reward_accrued", ONE + 3, qualified_views=2_000, rpm_micros=DOLLAR, bonus_micros=0),
)
TAKEN_BACK = (
    event("topup_disputed", ONE + 4, amount_micros=300_000, net_micros=250_000, payment_method="card"),
    # 10 coins at 0.005 USD.
    event("gift_reversed", ONE + 5, coins=10, reason="chargeback", original_event_time=MIDNIGHT + ONE),
    event(
        "order_refunded",
        ONE + 6,
        refund_micros=50 * DOLLAR,
        referral_fee_bps=600,
        original_event_time=MIDNIGHT + ONE,
    ),
    event(
        "impression_invalidated",
        ONE + 7,
        imp_id="j",
        price_micros_cpm=100 * DOLLAR,
        revenue_share_bps=5_500,
        original_event_time=MIDNIGHT + ONE,
    ),
    event("reward_reversed", ONE + 8, reward_micros=DOLLAR // 2, original_event_time=MIDNIGHT + ONE),
)
RECORDS = (*BOOKED, *TAKEN_BACK, *time_records(DAY_MS + 2 * HOUR_MS))


@pytest.mark.parametrize(
    ("tool", "kept"),
    [
        pytest.param("gift", 0.40, id="gifts: 1.00 - 0.40 - 0.25 + 10 * 0.005"),
        pytest.param("ad", 0.405, id="ads: 45 % of 1.00, less 45 % of 0.10"),
        pytest.param("commerce", 3, id="commerce: 6 % of 100, less 6 % of 50"),
        pytest.param("reward", -1.5, id="rewards: 2 thousand views at 1 USD, less 0.50 taken back"),
    ],
)
def test_what_a_tool_keeps(tool: str, kept: float) -> None:
    """Booked, less what was taken back, in the hour and on the day."""
    windows = shown(["platform_tool_revenue_usd"], RECORDS, most=50)
    for window, end in (("1h", 2 * HOUR_MS), ("24h", DAY_MS), ("day", DAY_MS)):
        number = last(windows, "platform_tool_revenue_usd", window, end, tool=tool, region="US")
        assert number == pytest.approx(kept)


def test_the_tools_add_up() -> None:
    """N5 has the measures of N4 with their signs, each in one tool."""
    whole, *_ = N4.values
    assert isinstance(whole.formula, Sum)
    parts = [value.formula for value in N5.values]
    assert all(isinstance(part, Sum) for part in parts)
    terms = [(name, sign) for part in parts for name, sign in part.terms_added().items()]
    assert sorted(terms) == sorted(whole.formula.terms.items())


@pytest.mark.parametrize(
    ("name", "share"),
    [
        pytest.param("gift_realised_take_ratio", 0.40, id="gifts: 0.40 of 1.00, of which 0.60 were booked"),
        pytest.param("commerce_realised_take_ratio", 0.06, id="commerce: 3 of 50"),
        pytest.param("ad_take_ratio", 0.45, id="ads: 0.45 of 1.00"),
    ],
)
def test_what_is_kept_of_a_day(name: str, share: float) -> None:
    """The kept share, net of what was taken back."""
    windows = shown([name], RECORDS, most=50)
    assert last(windows, name, "24h", DAY_MS, region="US") == pytest.approx(share)
