"""The signals that the product guards: what must be seen at once if it falls, rises or fails.

Money is that of capped values, as a single large one says nothing of the rest. Every share has a bound below
which it is not looked at: where next to nothing fails, three failures are no incident.
"""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.signals import EVERY_TOPIC, Signal

# About what a coin costs, in all markets.
_COIN_MICRO_USD = 14_300

SIGNALS: tuple[Signal, ...] = (
    Signal(
        "gifts",
        topic="gift",
        tool="gift",
        count="gifts",
        lost="gift_capped_usd",
        directions=("fall", "rise"),
        by_viewers=True,
        help="final gifts and timed-out streaks",
    ),
    Signal(
        "gift_value",
        topic="gift",
        tool="gift",
        count="gift_capped_usd",
        lost="gift_capped_usd",
        directions=("fall", "rise"),
        by_viewers=True,
        portion=1_000 * _COIN_MICRO_USD,
        help="value of gifts capped at 1,000 coins each",
    ),
    Signal(
        "gift_refunds",
        topic="gift",
        tool="gift",
        count="gift_reversals",
        directions=("rise",),
        by_viewers=True,
        help="gifts that were taken back",
    ),
    Signal(
        "topups",
        topic="wallet",
        tool="gift",
        count="topups_completed",
        lost="topup_capped_usd",
        by_viewers=True,
        help="purchases of coins",
    ),
    Signal(
        "topups_failed",
        topic="wallet",
        tool="gift",
        count="topups_failed",
        of=("topups_completed", "topups_failed"),
        lost="topup_capped_usd",
        directions=("rise",),
        most=0.03,
        help="attempts to buy coins that failed",
    ),
    Signal(
        "orders",
        topic="purchase",
        tool="commerce",
        count="orders",
        lost="order_capped_usd",
        by_viewers=True,
        help="orders that are not samples",
    ),
    Signal(
        "checkouts_failed",
        topic="purchase",
        tool="commerce",
        count="checkouts_failed",
        of=("checkouts_completed", "checkouts_failed"),
        lost="order_capped_usd",
        directions=("rise",),
        most=0.03,
        help="checkouts that failed",
    ),
    Signal(
        "refunds",
        topic="purchase",
        tool="commerce",
        count="refunded_orders",
        directions=("rise",),
        help="orders that were refunded",
    ),
    Signal(
        "impressions",
        topic="ad",
        tool="ad",
        count="ad_impressions",
        lost="ad_capped_usd",
        by_viewers=True,
        directions=("fall", "rise"),
        help="valid impressions",
    ),
    Signal(
        "ad_revenue",
        topic="ad",
        tool="ad",
        count="ad_capped_usd",
        lost="ad_capped_usd",
        directions=("fall", "rise"),
        by_viewers=True,
        portion=100_000,
        help="prices of valid impressions, each capped at 100 USD per thousand",
    ),
    Signal(
        "impressions_invalid",
        topic="ad",
        tool="ad",
        count="ad_shown_invalid",
        of=("ad_shown_all",),
        directions=("rise",),
        most=0.03,
        help="impressions of invalid traffic",
    ),
    Signal("viewing", topic="watch", tool="all", count="viewing_ms", help="viewing time"),
    Signal(
        "payouts",
        topic="payout",
        tool="all",
        count="paid_payouts",
        help="payouts that arrived",
    ),
    Signal(
        "payouts_failed",
        topic="payout",
        tool="all",
        count="refused_payouts",
        of=("paid_payouts", "refused_payouts"),
        directions=("rise",),
        most=0.02,
        help="payouts that were refused",
    ),
)
"""Of each app and its regions."""
PIPELINE_SIGNALS: tuple[Signal, ...] = (
    Signal(
        "records",
        topic=EVERY_TOPIC,
        tool="all",
        count="records_read",
        directions=("fall", "rise"),
        help="records that are not test traffic",
    ),
    Signal(
        "records_invalid",
        topic=EVERY_TOPIC,
        tool="all",
        count="records_invalid",
        of=("records_read",),
        directions=("rise",),
        most=0.005,
        help="records that break the contract",
    ),
    Signal(
        "records_duplicate",
        topic=EVERY_TOPIC,
        tool="all",
        count="records_duplicate",
        of=("records_read",),
        directions=("rise",),
        most=0.02,
        help="records whose event id was accepted before",
    ),
)
"""Of each input topic."""
