"""Measures of the gift topic, and of the wallet topic that pays for it.

``gifts``, ``coins``, ``capped_coins`` and ``timed_out`` are made by the streak rule of the topic's
schema (0 for progress); ``coin_price`` and ``creator_rate`` are dated rates in micro-USD per coin,
``catalogue_coins`` is the dated price of the gift, null if the catalogue does not have it.
Amounts of top-ups are micros of ``currency``; ``fx_rate`` is micro-USD per unit of it.

What must never happen (a gift by or to a minor, above a cap) is counted when it is read, in the
window of the watermark, and late records count too: an alert looks at the newest window only.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import SIZED, Measure, Rows
from creator_pulse.stream.catalog.declaration.expressions import (
    EVERY,
    MINOR,
    MINOR_HOST,
    ONE,
    UNKNOWN_AGE,
    big,
    capped_micro_usd,
    unlisted,
)

_sent = partial(Measure, topic="gift", event="gift_sent")
_FINAL = pl.col("gifts").gt(0)

# The end of a streak that had been booked without it.
_END_AFTER = pl.col("repeat_end") & pl.col("gifts").eq(0) & pl.col("gift_type").eq(1)

_BOOKED = pl.col("net_usd_micros").is_not_null() & pl.col("creator_usd_micros").is_not_null()


def _when_read(name: str, where: pl.Expr, text: str) -> tuple[Measure, Measure]:
    """Two measures, of records in time and of late ones: both in the window in which they were read."""
    counted = partial(_sent, value=ONE, where=_FINAL & where.fill_null(value=False), time="watermark")
    return counted(name, help=text), counted(f"{name}_late", rows="late", help=f"{text}, of late records")


_wallet = partial(Measure, topic="wallet")
_completed = partial(_wallet, event="topup_completed")
_TOPUP_SCALE = 10**12
# Of a single purchase, micro-USD.
_TOPUP_CAP = 500_000_000

_CARD = pl.col("payment_method").eq("card")
_OF_CARDS = {
    "settled": ("settled", "settled card payments for coins"),
    "disputed": ("disputed", "disputed card payments for coins"),
    "fraud": ("fraud_reported", "card payments for coins that are reported as fraud"),
}

_TOPUP_EVENTS = {
    "completed": "purchases of coins",
    "failed": "purchases of coins that broke",
    "settled": "purchases of coins whose payment is settled",
    "disputed": "purchases of coins whose payment is disputed",
    "fraud_reported": "purchases of coins reported as fraud",
}

_TOPUPS_OF_AGES: tuple[tuple[str, pl.Expr, str], ...] = (
    ("topups_by_minors", MINOR, "coins bought by viewers who are proven to be too young"),
    (
        "topups_of_unknown_age",
        UNKNOWN_AGE,
        "coins bought by viewers whose age is told in words that are not listed",
    ),
)
# Counted when found, late records too: see the measures of gifts.
_TOPUPS_WHEN: tuple[tuple[str, Rows, str], ...] = (
    ("", "accepted", ""),
    ("_late", "late", ", of late records"),
)

# Flow of coins -> its measure: viewers hold what they bought, less what they gave, and what came back.
_COIN_FLOWS = {
    "bought": _completed("topup_coins", value=big("coins"), counter="topup_coins_total", help="coins bought"),
    "given": _sent(
        "gift_coins",
        value=pl.col("coins"),
        counter="gift_coins_total",
        help="coins of final gifts and timed-out streaks",
    ),
    "returned": Measure(
        "gift_returned_coins",
        topic="gift",
        event="gift_reversed",
        value=big("coins"),
        counter="returned_coins_total",
        help="coins of gifts that were taken back",
    ),
}

MEASURES = (
    Measure(
        "minor_claims",
        topic="gift",
        event="gift_reversed",
        value=ONE,
        where=pl.col("reason").eq("minor_claim"),
        labels=("app",),
        help="reversals of gifts that were claimed for a minor",
    ),
    _sent(
        "gifts",
        value=pl.col("gifts"),
        counter="gifts_total",
        help="final gifts and timed-out streaks",
    ),
    _COIN_FLOWS["given"],
    _COIN_FLOWS["returned"],
    _sent(
        "gift_capped_coins",
        value=pl.col("capped_coins"),
        counter="gift_capped_coins_total",
        help="the same with each gift capped at 1,000 coins",
    ),
    _sent(
        "gift_streaks_timed_out",
        value=pl.col("timed_out"),
        counter="streaks_timed_out_total",
        help="streaks booked without their end record",
    ),
    _sent(
        "gift_usd",
        value=big("coins") * pl.col("coin_price"),
        scale=10**6,
        counter="gift_usd_total",
        help="gross gift value: coins at the dated price",
    ),
    _sent(
        "gift_late_usd",
        value=big("coins") * pl.col("coin_price"),
        scale=10**6,
        rows="late",
        labels=("app", "region"),
        fixed={"tool": "gift"},
        counter="late_usd_total",
        help="gross gift value of late gifts",
    ),
    _sent(
        "gift_capped_usd",
        value=big("capped_coins") * pl.col("coin_price"),
        scale=10**6,
        help="gross value of gifts capped at 1,000 coins each",
    ),
    _sent(
        "creator_gift_usd",
        value=big("coins") * pl.col("creator_rate"),
        scale=10**6,
        counter="creator_gift_usd_total",
        help="creator gift earnings: coins at the dated creator rate",
    ),
    _sent(
        "gift_platform_usd",
        value=big("net_usd_micros") - big("creator_usd_micros"),
        where=_BOOKED & _FINAL,
        scale=10**6,
        fixed={"tool": "gift"},
        counter="platform_usd_total",
        help="booked net less booked creator share, of gifts that carry both",
    ),
    Measure(
        "gift_reversed_usd",
        topic="gift",
        event="gift_reversed",
        value=big("coins") * pl.col("creator_rate"),
        scale=10**6,
        fixed={"tool": "gift"},
        counter="reversed_usd_total",
        help="creator earnings taken back, at the rate of the gift's own time",
    ),
    Measure(
        "gift_reversals",
        topic="gift",
        event="gift_reversed",
        value=ONE,
        where=EVERY,
        help="gifts that were taken back",
    ),
    Measure(
        "gift_charged_back_usd",
        topic="gift",
        event="gift_reversed",
        value=big("coins") * pl.col("creator_rate"),
        where=pl.col("reason").eq("chargeback").fill_null(value=False),
        scale=10**6,
        help="of these, what comes back of gifts whose payment was charged back",
    ),
    Measure(
        "gift_refunded_usd",
        topic="gift",
        event="gift_reversed",
        value=big("coins") * pl.col("coin_price"),
        scale=10**6,
        help="what viewers get back for gifts that were taken back, at the price of the gift's own time",
    ),
    Measure(
        "gifts_refunded",
        topic="gift",
        event="gift_reversed",
        value=ONE,
        where=EVERY,
        help="gifts that were taken back",
    ),
    _sent(
        "gift_streaks",
        value=ONE,
        where=_FINAL & pl.col("gift_type").eq(1),
        help="streaks that ended or timed out",
    ),
    _sent(
        "gift_streaks_unclosed",
        # An end after the time-out takes the time-out back, so the difference is 0 if ends only came late.
        value=pl.col("timed_out") - _END_AFTER.cast(pl.Int64),
        time="watermark",
        help="streaks booked without their end record, less ends that came after that; when found",
    ),
    _sent(
        "gift_match_coins",
        value=pl.col("coins"),
        where=pl.col("match_id").is_not_null(),
        help="coins of gifts sent in a match",
    ),
    _sent(
        "gift_booked_net_usd",
        value=big("net_usd_micros"),
        where=_BOOKED & _FINAL,
        scale=10**6,
        help="booked net value of gifts that carry net and creator share",
    ),
    _sent(
        "gift_catalogue_drift",
        value=ONE,
        # No gift costs 0 coins, so a gift that the catalogue does not have differs too.
        where=_FINAL & pl.col("catalogue_coins").fill_null(0).ne(pl.col("unit_coins")),
        help="gifts that the catalogue of their time does not have, or has at another price",
    ),
    *_when_read("gifts_by_minors", MINOR, "gifts of viewers who are proven to be too young"),
    *_when_read("gifts_to_minors", MINOR_HOST, "gifts to hosts under 18"),
    *_when_read(
        "gifts_of_unknown_age",
        UNKNOWN_AGE | unlisted("creator_age_band"),
        "gifts whose viewer's or host's age is told in words that are not listed",
    ),
    *_when_read(
        "gifts_over_cap",
        pl.col("coins") > pl.col("cap_gift_coins"),
        "gifts of more coins than the viewer's or the law's cap per gift",
    ),
    *(
        _wallet(
            f"topups_{name}",
            event=f"topup_{name}",
            value=ONE,
            where=EVERY,
            help=text,
        )
        for name, text in _TOPUP_EVENTS.items()
    ),
    *(
        _wallet(f"topup_card_{name}", event=f"topup_{event}", value=ONE, where=_CARD, help=text)
        for name, (event, text) in _OF_CARDS.items()
    ),
    _COIN_FLOWS["bought"],
    *(
        replace(
            measure,
            id=f"{measure.id}_late",
            rows="late",
            fixed={"flow": flow},
            counter="late_coins_total",
            help="coins of late records: bought, given, or given back",
        )
        for flow, measure in _COIN_FLOWS.items()
    ),
    _completed(
        "topup_usd",
        value=big("amount_micros") * pl.col("fx_rate"),
        scale=_TOPUP_SCALE,
        help="what viewers paid for coins",
    ),
    _completed(
        "topup_capped_usd",
        value=capped_micro_usd("amount_micros", _TOPUP_CAP),
        scale=10**6,
        help="the same with each purchase capped at 500 USD",
    ),
    _completed(
        "topup_net_usd",
        value=big("net_micros") * pl.col("fx_rate"),
        scale=_TOPUP_SCALE,
        help="what remained of it after tax and store",
    ),
    _wallet(
        "topup_charged_back_usd",
        event="topup_disputed",
        value=pl.coalesce("net_micros", "amount_micros").cast(pl.Int128) * pl.col("fx_rate"),
        scale=_TOPUP_SCALE,
        help="what the platform loses by disputed payments for coins: net, else the whole amount",
    ),
    *(
        _completed(
            f"{name}{suffix}",
            value=ONE,
            where=where,
            rows=rows,
            time="watermark",
            help=f"{text}{more}",
        )
        for name, where, text in _TOPUPS_OF_AGES
        for suffix, rows, more in _TOPUPS_WHEN
    ),
    _sent("room_coins", value=pl.col("coins"), labels=("app", "room_id"), help="coins of a room"),
    _sent(
        "gift_kind_coins",
        value=pl.col("coins"),
        labels=("app", "gift_id"),
        help="coins of a gift of the catalogue",
    ),
    _sent(
        "gifter_coins", value=pl.col("coins"), labels=("app", "viewer_id"), help="coins that a viewer gave"
    ),
    _sent(
        "gifter_usd",
        value=big("coins") * pl.col("coin_price"),
        labels=("app", "viewer_id"),
        scale=10**6,
        help="value of the gifts that a viewer gave",
    ),
    _sent(
        "live_gifter_coins",
        value=pl.col("coins"),
        where=pl.col("room_id").fill_null("").ne(""),
        labels=("app", "viewer_id"),
        help="coins that a viewer gave in live rooms: gifts that name a room",
    ),
    _sent(
        "pair_coins",
        value=pl.col("coins"),
        labels=("app", "creator_id", "viewer_id"),
        help="coins that a viewer gave to a creator",
    ),
    Measure(
        "gift_streak_sizes",
        topic="gift",
        event="gift_sent",
        value=ONE,
        # Type 1 gifts can streak; other types have no streak length.
        where=pl.col("gifts").gt(0) & pl.col("gift_type").eq(1),
        labels=SIZED,
        bucket=pl.col("repeat_count"),
        help="streaks that ended or timed out, by length",
    ),
)
