"""What rules about somebody read: sums by viewer, by room, and by pairs of them.

None of them is a series: identities stay in the lanes, in the live views and in ``pulse.case``. They meet by
app, whatever the partitions their records came from.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import polars as pl

from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.derived import DELAY, SOON, dated
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE, REAL_ORDER

YOUNG_DAYS = 7
"""Age of an account below which large gifts are suspect (FR5)."""

MINOR_SCORE_BPS = 8_000
"""Score of the age model above which a viewer is suspected to be a minor (FR3)."""

LARGEST_AGE_DAYS = 100_000
"""Ages of accounts are cut here, so that a sum of them stays small."""

HOLD_MS = 3_600_000
"""For an hour the buyer may cancel an order: that says nothing of its seller."""

_sent = partial(Measure, topic="gift", event="gift_sent")

_COINS = pl.col("coins")

_FINAL = pl.col("gifts").gt(0)


def _delayed(event: str) -> Measure:
    return Measure(
        f"{event}_by_creator",
        topic="purchase",
        event=event,
        value=ONE,
        where=REAL_ORDER & DELAY.gt(HOLD_MS) & DELAY.le(DAY_MS),
        labels=("app", "creator_id"),
        help=f"{event} records from one hour to a day after the order",
    )


_RETURNED = (_delayed("order_cancelled"), _delayed("order_refunded"))
RETURNS = tuple(measure.id for measure in _RETURNED)
"""Orders of a creator that were sent back after the buyer's hold."""

MEASURES = (
    _sent(
        "pair_equal_gifts",
        value=ONE,
        where=_FINAL,
        # With the label `amount` the bucket is the exact size: only gifts of equal coins belong together.
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
    _sent(
        "gifter_sends", value=pl.col("gifts"), labels=("app", "viewer_id"), help="gifts that a viewer sent"
    ),
    _sent(
        "minor_coins",
        value=_COINS,
        # Null compares as null, and a null condition does not count: no score is no suspicion.
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
    *_RETURNED,
    *(
        replace(
            measure,
            id=dated(measure.id),
            value=ONE,
            where=REAL_ORDER & SOON & DELAY.gt(HOLD_MS),
            time="original",
            help=(
                f"{measure.event} records from one hour to 14 days after the order, at the time of the order"
            ),
        )
        for measure in _RETURNED
    ),
)
