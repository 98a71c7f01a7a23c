"""Ledger: what rewards, deals, payouts, content and top-ups are worth; expected sums multiplied by hand."""

from __future__ import annotations

from typing import Any

import pytest

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.references import RateBook
from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.settings import Settings
from tests.support.any_event import T0
from tests.support.ledger_events import add

DEAL: dict[str, Any] = {
    "deal_id": "d1",
    "advertiser_id": "a1",
    "value_micros": 400_000_000,
    "currency": "USD",
}
PAYOUT: dict[str, Any] = {
    "payout_id": "y1",
    "tool": "ad",
    "amount_micros": 60_000_000,
    "currency": "USD",
    "due_time": T0,
}
TOPUP: dict[str, Any] = {
    "topup_id": "u1",
    "coins": 350,
    "amount_micros": 5_000_000,
    "net_micros": 3_500_000,
    "currency": "EUR",
    "payment_method": "card",
}
EUR_LATER = {"kind": "fx", "id": "EUR", "valid_from": T0, "usd_micros": 1_200_000}
"""EUR is 1.08 before T0 and 1.20 from then on."""


def reward(ledger: Ledger, **own: Any) -> str:
    """Add 10,000 views, 6,000 of them qualified at 0.50 USD per thousand."""
    fields = {
        "video_id": "x",
        "views": 10_000,
        "qualified_views": 6_000,
        "rpm_micros": 500_000,
        "currency": "USD",
    }
    return add(ledger, "reward", "reward_accrued", **{**fields, **own})


def total(ledger: Ledger, measure: str, *more: str) -> int:
    """A total of US, tiktok."""
    return ledger.truth.totals[measure, ("tiktok", "US", *more)]


def window(ledger: Ledger, measure: str, *more: str) -> int | None:
    """The sum in time of the minute T0."""
    return ledger.truth.windows[measure, ("tiktok", "US", *more), T0][0]


def test_a_reward_is_paid_per_thousand_views() -> None:
    """6,000 at 0.50 per thousand are 3 USD: 3 x 10^15; all views and the qualified ones are counted."""
    ledger = Ledger(Settings())
    reward(ledger)
    assert total(ledger, "reward_usd") == 3 * 10**15
    assert (window(ledger, "reward_views"), window(ledger, "reward_qualified_views")) == (10_000, 6_000)


def test_a_bonus_is_added_whole() -> None:
    """3 USD and a bonus of 2 EUR would be 1.08 each: 5 EUR are 5.4 USD."""
    ledger = Ledger(Settings())
    reward(ledger, bonus_micros=2_000_000, currency="EUR")
    assert total(ledger, "reward_usd") == 54 * 10**14


def test_a_reward_is_taken_back_at_its_own_rate() -> None:
    """3 EUR of before T0, taken back after: 3 x 1.08."""
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, EUR_LATER)))
    own = {"reward_micros": 3_000_000, "currency": "EUR", "original_event_time": T0 - 1}
    add(ledger, "reward", "reward_reversed", **own)
    assert total(ledger, "reward_reversed_usd") == 3_000_000 * 1_080_000


def test_a_deal_is_counted_in_each_state() -> None:
    """400 USD agreed are the counter's 400 x 10^12; approved and paid are sums of their own."""
    ledger = Ledger(Settings())
    for state in ("invited", "agreed", "submitted", "approved", "posted", "paid"):
        assert add(ledger, "deal", f"deal_{state}", **DEAL) == "counted"
        assert window(ledger, f"deals_{state}") == 1
    assert total(ledger, "deal_usd") == 400 * 10**12
    assert [window(ledger, f"deal_{state}_usd") for state in ("approved", "paid")] == [4 * 10**14] * 2


@pytest.mark.parametrize(
    ("kind", "own", "measure"),
    [
        ("deal_posted", {"disclosure_label": True}, "deals_labelled"),
        ("deal_approved", {"approved_by": "deemed"}, "deals_deemed"),
    ],
)
def test_what_a_deal_says_of_itself_is_counted(kind: str, own: dict[str, Any], measure: str) -> None:
    """One with the mark, and none without it."""
    for fields, expected in ((own, 1), ({}, 0)):
        ledger = Ledger(Settings())
        add(ledger, "deal", kind, **DEAL, **fields)
        assert window(ledger, measure) == expected


def test_a_cancelled_deal_may_still_owe() -> None:
    """Of 400 USD 100 are payable."""
    ledger = Ledger(Settings())
    add(ledger, "deal", "deal_cancelled", **DEAL, payable_micros=100_000_000)
    assert window(ledger, "deal_cancelled_usd") == 400 * 10**12
    assert window(ledger, "deal_payable_usd") == 100 * 10**12


@pytest.mark.parametrize("outcome", ["scheduled", "initiated", "paid", "failed"])
def test_a_payout_is_counted_by_tool_and_outcome(outcome: str) -> None:
    """60 USD that ads earned."""
    ledger = Ledger(Settings())
    add(ledger, "payout", f"payout_{outcome}", **PAYOUT)
    assert total(ledger, f"payout_{outcome}_usd", "ad") == 60 * 10**12
    assert window(ledger, f"payouts_{outcome}", "ad") == 1


def test_a_tool_that_is_not_listed_is_refused() -> None:
    """``games`` is no tool."""
    assert add(Ledger(Settings()), "payout", "payout_paid", **PAYOUT | {"tool": "games"}) == "invalid"


def test_a_room_is_read() -> None:
    """12 viewers and 3 messages in one reading."""
    ledger = Ledger(Settings())
    add(ledger, "content", "room_stat", room_id="r", concurrent=12, chat_messages=3)
    sums = [window(ledger, name) for name in ("room_stats", "room_viewers", "room_messages")]
    assert sums == [1, 12, 3]


@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        ({"video_id": "x"}, "counted"),
        ({"room_id": "r"}, "counted"),
        ({}, "invalid"),
        ({"room_id": ""}, "invalid"),
    ],
)
def test_what_is_removed_has_a_name(own: dict[str, Any], outcome: str) -> None:
    """A video or a room; without either nobody knows what it was."""
    assert add(Ledger(Settings()), "content", "content_removed", ad_impressions=2, **own) == outcome


def test_tools_are_counted_by_tool() -> None:
    """One creator enrolled in rewards."""
    ledger = Ledger(Settings())
    add(ledger, "content", "tool_enrolled", tool="reward")
    assert window(ledger, "tools_enrolled", "reward") == 1


def test_a_top_up_is_worth_what_was_paid() -> None:
    """350 coins for 5 EUR at 1.08, of which 3.50 remain."""
    ledger = Ledger(Settings())
    add(ledger, "wallet", "topup_completed", **TOPUP)
    assert window(ledger, "topup_coins") == 350
    assert window(ledger, "topup_usd") == 5_000_000 * 1_080_000
    assert window(ledger, "topup_net_usd") == 3_500_000 * 1_080_000


@pytest.mark.parametrize(
    ("kind", "original", "outcome"),
    [
        ("topup_settled", T0 - 1, "invalid"),
        ("topup_settled", T0, "counted"),
        ("topup_settled", None, "counted"),
        ("topup_completed", T0 - 1, "counted"),
    ],
)
def test_a_later_event_of_a_top_up_has_the_rate_of_the_top_up(
    kind: str, original: int | None, outcome: str
) -> None:
    """CHF has a rate from T0 on: none for an older purchase; without its time the event's own holds."""
    entry = {"kind": "fx", "id": "CHF", "valid_from": T0, "usd_micros": 1_100_000}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, entry)))
    own = TOPUP | {"currency": "CHF", "original_event_time": original}
    assert add(ledger, "wallet", kind, **own) == outcome


def test_late_records_are_only_late_value() -> None:
    """A reward, a deal and a payout a day old: their value is late, and in no other total."""
    ledger = Ledger(Settings())
    for topic, kind, own in (
        ("reward", "reward_accrued", {"video_id": "x", "views": 1, "qualified_views": 0, "rpm_micros": 0}),
        ("deal", "deal_agreed", DEAL),
        ("payout", "payout_paid", PAYOUT),
    ):
        add(ledger, topic, kind, **{"currency": "USD"} | own, event_time=T0)
    reward(ledger, event_time=T0 - DAY_MS)
    add(ledger, "deal", "deal_agreed", **DEAL | {"deal_id": "d2"}, event_time=T0 - DAY_MS)
    add(ledger, "payout", "payout_paid", **PAYOUT, event_time=T0 - DAY_MS)
    late = [total(ledger, f"{name}_late_usd") for name in ("reward", "deal", "payout")]
    assert late == [3 * 10**15, 4 * 10**14, 6 * 10**13]
    assert (total(ledger, "reward_usd"), total(ledger, "deal_usd")) == (0, 4 * 10**14)


def test_a_gift_of_another_price_is_drift() -> None:
    """A rose of 1 coin is in the catalogue; one of 2, and a gift that nobody knows, are drift."""
    ledger = Ledger(Settings())
    gift = {"gift_type": 2, "repeat_count": 1, "repeat_end": True}
    for gift_id, coins in (("rose", 1), ("rose", 2), ("unheard_of", 1)):
        add(ledger, "gift", "gift_sent", gift_id=gift_id, unit_coins=coins, **gift)
    assert window(ledger, "gift_catalogue_drift") == 2


def test_a_new_price_holds_from_its_date() -> None:
    """A rose costs 2 coins from T0 + 1 s on."""
    entry = {"kind": "gift", "id": "rose", "valid_from": T0 + 1_000, "unit_coins": 2, "gift_type": 1}
    ledger = Ledger(Settings(), RateBook((*DEFAULTS, entry)))
    gift = {"gift_id": "rose", "gift_type": 2, "unit_coins": 2, "repeat_count": 1, "repeat_end": True}
    add(ledger, "gift", "gift_sent", **gift)
    add(ledger, "gift", "gift_sent", **gift, event_time=T0 + 1_000)
    assert window(ledger, "gift_catalogue_drift") == 1
