"""What each viewer, creator, room, gift, advertiser and pair has.

Leaderboards, shares and rules about somebody are made of these sums. None of them is a series: identities
stay in the lanes, in the live views and in ``pulse.case``. They meet by app, whatever the partitions their
records came from.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import polars as pl

from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.catalog import (
    measures_ad,
    measures_deal,
    measures_gift,
    measures_purchase,
    measures_reward,
)
from creator_pulse.stream.catalog.declare import Measure
from creator_pulse.stream.catalog.expressions import EVERY, ONE, REAL_ORDER, VALID_IMPRESSION

YOUNG_DAYS = 7
"""Age of an account below which large gifts are suspect (FR5)."""
MINOR_SCORE_BPS = 8_000
"""Score of the age model above which a viewer is suspected to be a minor (FR3)."""
LARGEST_AGE_DAYS = 100_000
HOLD_MS = 3_600_000
DAY_MS = 86_400_000

_sent = partial(Measure, topic="gift", event="gift_sent")
_COINS = pl.col("coins")
_FINAL = pl.col("gifts").gt(0)
_KNOWN = {
    one.id: one
    for one in (
        *measures_gift.MEASURES,
        *measures_ad.MEASURES,
        *measures_purchase.MEASURES,
        *measures_reward.MEASURES,
        *measures_deal.MEASURES,
    )
}
BY_TOOL = {
    "gift": {"creator_gift_usd": 1, "gift_reversed_usd": -1},
    "ad": {"creator_ad_usd": 1, "ad_reversed_usd": -1},
    "commerce": {"commission_usd": 1, "commission_refunded_usd": -1, "commission_cancelled_usd": -1},
    "reward": {"reward_usd": 1, "reward_reversed_usd": -1},
    "deal": {"deal_approved_usd": 1},
}
"""Tool -> measures of net creator earnings with their signs."""
EARNED = {name: sign for terms in BY_TOOL.values() for name, sign in terms.items()}


def of_creator(name: str) -> str:
    """The id of a measure of earnings by creator."""
    return f"{name}_by_creator"


def _delayed(event: str) -> Measure:
    delay = pl.col("event_time") - pl.col("original_event_time")
    return Measure(
        f"{event}_by_creator",
        topic="purchase",
        event=event,
        value=ONE,
        where=REAL_ORDER & delay.gt(HOLD_MS) & delay.le(DAY_MS),
        labels=("app", "creator_id"),
        help=f"{event} records from one hour to a day after the order",
    )


MEASURES = (
    _sent("room_coins", value=_COINS, labels=("app", "room_id"), help="coins of a room"),
    _sent(
        "gift_kind_coins", value=_COINS, labels=("app", "gift_id"), help="coins of a gift of the catalogue"
    ),
    _sent(
        "pair_equal_gifts",
        value=ONE,
        where=_FINAL,
        bucket=_COINS,
        labels=("app", "room_id", "viewer_id", AMOUNT),
        help="gifts of a viewer in a room, by their coins",
    ),
    *(
        Measure(
            f"{name}_by_room",
            topic="content",
            event="room_stat",
            value=value,
            where=EVERY,
            labels=("app", "room_id"),
            help=f"{text} of a room",
        )
        for name, value, text in (
            ("readings", ONE, "readings"),
            ("viewers", pl.col("concurrent"), "viewers, added up over the readings,"),
            ("messages", pl.col("chat_messages"), "chat messages"),
        )
    ),
    _sent("gifter_coins", value=_COINS, labels=("app", "viewer_id"), help="coins that a viewer gave"),
    _sent(
        "gifter_sends", value=pl.col("gifts"), labels=("app", "viewer_id"), help="gifts that a viewer sent"
    ),
    _sent(
        "minor_coins",
        value=_COINS,
        where=pl.col("minor_score_bps").ge(MINOR_SCORE_BPS),
        labels=("app", "viewer_id"),
        help="coins of a viewer whom the age model suspects to be a minor",
    ),
    _sent(
        "newcomer_coins",
        value=_COINS,
        where=pl.col("account_age_days").lt(YOUNG_DAYS),
        labels=("app", "viewer_id"),
        help="coins of a viewer whose account is younger than a week",
    ),
    _sent(
        "pair_coins",
        value=_COINS,
        labels=("app", "creator_id", "viewer_id"),
        help="coins that a viewer gave to a creator",
    ),
    _sent(
        "pair_aged_gifts",
        value=ONE,
        where=_FINAL & pl.col("account_age_days").is_not_null(),
        labels=("app", "creator_id", "viewer_id"),
        help="gifts of a viewer to a creator that carry the age of the account",
    ),
    _sent(
        "pair_age_days",
        value=pl.col("account_age_days").clip(0, LARGEST_AGE_DAYS),
        where=_FINAL & pl.col("account_age_days").is_not_null(),
        labels=("app", "creator_id", "viewer_id"),
        help="sum of the ages, in days, that these carry",
    ),
    *(
        _sent(
            f"ring_{name}_gifts",
            value=ONE,
            where=_FINAL & pl.col(name).is_not_null(),
            labels=("app", "creator_id", name, "viewer_id"),
            help=f"gifts to a creator by {name} and viewer",
        )
        for name in ("device_hash", "payment_hash")
    ),
    Measure(
        "advertiser_usd",
        topic="ad",
        event="impression",
        value=_KNOWN["ad_revenue_usd"].value,
        where=VALID_IMPRESSION,
        labels=("app", "advertiser_id", "campaign_id"),
        scale=_KNOWN["ad_revenue_usd"].scale,
        help="prices of the valid impressions of an advertiser's campaign",
    ),
    Measure(
        "viewer_ads",
        topic="ad",
        event="impression",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=("app", "surface", "viewer_id"),
        help="valid impressions that a viewer saw",
    ),
    Measure(
        "pair_ads",
        topic="ad",
        event="impression",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=("app", "campaign_id", "viewer_id"),
        help="valid impressions of a campaign that a viewer saw",
    ),
    Measure(
        "viewer_watch_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        labels=("app", "surface", "viewer_id"),
        scale=1000,
        help="viewing time of a viewer",
    ),
    Measure(
        "viewer_live_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        where=pl.col("surface").eq("live"),
        labels=("app", "viewer_id"),
        scale=1000,
        help="viewing time of a viewer in live rooms",
    ),
    Measure(
        "creator_watch_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        labels=("app", "creator_id"),
        scale=1000,
        help="viewing time of a creator",
    ),
    Measure(
        "live_buyer_orders",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER & pl.col("attribution").eq("live"),
        labels=("app", "viewer_id"),
        help="orders of a viewer in live rooms",
    ),
    Measure(
        "payer_orders",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER,
        labels=("app", "viewer_id"),
        help="orders of a viewer that are not samples",
    ),
    Measure(
        "orders_by_creator",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER,
        labels=("app", "creator_id"),
        help="orders that are not samples",
    ),
    _delayed("order_cancelled"),
    _delayed("order_refunded"),
    *(
        replace(
            _KNOWN[name],
            id=of_creator(name),
            labels=("app", "creator_id"),
            fixed={},
            counter=None,
            help=f"{_KNOWN[name].help}, by creator",
        )
        for name in EARNED
    ),
)
