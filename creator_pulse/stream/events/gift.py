"""The gift topic."""

from __future__ import annotations

from creator_pulse.stream.events.fields import (
    BasisPoints,
    Event,
    Int,
    LongString,
    Money,
    PositiveMoney,
    RepeatCount,
    String,
    Text,
    Time,
    UnitCoins,
)
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import AnyOfRule, KeyRule, Lookup, StreakRule

STREAKABLE = 1
"""``gift_type`` of gifts that are sent in streaks."""


class GiftSent(Event, tag="gift_sent", kw_only=True):
    """A gift, or one message of a streak of gifts with its cumulative count."""

    gift_id: Text
    gift_type: Int
    unit_coins: UnitCoins
    repeat_count: RepeatCount
    repeat_end: bool
    group_id: String | None = None
    room_owner_id: String | None = None
    match_id: String | None = None
    match_points: Int | None = None
    transaction_id: String | None = None
    net_usd_micros: Money | None = None
    creator_usd_micros: Money | None = None
    account_age_days: Int | None = None
    viewer_age_band: String | None = None
    age_source: String | None = None
    minor_score_bps: BasisPoints | None = None
    creator_age_band: String | None = None
    device_hash: String | None = None
    payment_hash: String | None = None
    cap_gift_coins: Int | None = None
    cap_day_coins: Int | None = None
    cap_month_coins: Int | None = None
    tz_offset_min: Int | None = None


class GiftReversed(Event, tag="gift_reversed", kw_only=True):
    """A gift was taken back."""

    transaction_id: Text
    coins: PositiveMoney
    original_event_time: Time
    reason: LongString | None = None


_PLACE = ("app", "region", "platform")

GIFT = InputTopic(
    name="gift",
    events=(GiftSent, GiftReversed),
    lookups=(
        Lookup("coin_price", "rate", _PLACE, ("gift_sent",), name="price"),
        Lookup("creator_rate", "rate", _PLACE, ("gift_sent",), name="creator"),
        Lookup("catalogue_coins", "gift", ("gift_id",), ("gift_sent",), field="unit_coins"),
        # A reversal takes back what was paid, so the rate of the gift's own time holds.
        Lookup("creator_rate", "rate", _PLACE, ("gift_reversed",), name="creator", at="original_event_time"),
        Lookup("coin_price", "rate", _PLACE, ("gift_reversed",), name="price", at="original_event_time"),
    ),
    streaks=StreakRule(
        event="gift_sent",
        when=("gift_type", STREAKABLE),
        group="group_id",
        between=("viewer_id", "creator_id"),
        end="repeat_end",
        count="repeat_count",
        unit="unit_coins",
        cap=1_000,
        timeout_ms=30_000,
        columns=("gifts", "coins", "capped_coins", "timed_out"),
    ),
    keyed=(
        KeyRule("transaction_id", events=("gift_sent",)),
        KeyRule("transaction_id", ("coins", "original_event_time"), ("gift_reversed",)),
    ),
    any_of=(AnyOfRule("gift_sent", ("group_id",), when=("gift_type", STREAKABLE)),),
)
