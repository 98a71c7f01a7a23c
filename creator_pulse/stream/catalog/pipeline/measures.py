"""Measures over every record, whatever its outcome: the pipeline's own health.

Such a record may have no event time, so its pane is that of the watermark before it.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.expressions import ONE, REAL_ORDER, VALID_IMPRESSION, big

CAPS_USD = {"gift": 14_300_000, "ad": 100_000, "order": 500_000_000}
"""Prefix -> micro-USD at which a single value is capped, so that none of them decides the share.

A gift of 1,000 coins at the default price, an impression at 100 USD per thousand, an order of 500 USD.
"""
_LATE_SCALE = 10**6

KEYED = ("gift", "ad", "purchase", "reward", "deal", "payout", "wallet")
"""Topics whose records have a business key."""


def _outcome(name: str, outcome: str | None, text: str) -> Measure:
    where = pl.col("outcome").ne("test") if outcome is None else pl.col("outcome").eq(outcome)
    return Measure(
        name,
        topic="*",
        event="*",
        value=ONE,
        where=where,
        labels=("topic",),
        rows="every",
        time="watermark",
        help=text,
    )


def _marked(name: str, where: pl.Expr, counter: str, text: str) -> Measure:
    return Measure(
        name,
        topic="*",
        event="*",
        value=ONE,
        where=where,
        labels=("topic",),
        rows="every",
        time="watermark",
        counter=counter,
        help=text,
    )


def _keyed(topic: str) -> tuple[Measure, Measure]:
    """Of a topic with business keys: accepted records, and those whose key was accepted before."""
    shared = partial(
        Measure, topic=topic, event="*", value=ONE, labels=("topic",), rows="every", time="watermark"
    )
    return (
        shared(
            f"{topic}_accepted",
            # Accepted: its event id was new and it broke no rule, whatever was counted for it.
            where=pl.col("outcome").is_in(("counted", "progress", "late")),
            help=f"{topic} records that are neither invalid, nor test traffic, nor duplicates",
        ),
        shared(
            f"{topic}_semantic_duplicates",
            where=pl.col("key_known"),
            counter="semantic_duplicates_total",
            help="accepted records whose business key was accepted before under another event id",
        ),
    )


def _value(
    name: str, topic: str, event: str, micro_usd: pl.Expr, where: pl.Expr
) -> tuple[Measure, Measure, Measure]:
    """The capped value of late records that nothing restates any more; of all in time, and of all late."""
    # One Universe would otherwise decide what share of the value was late.
    capped = pl.min_horizontal(micro_usd, pl.lit(CAPS_USD[name], dtype=pl.Int128))
    shared = partial(
        Measure,
        topic=topic,
        event=event,
        value=capped,
        labels=("topic",),
        scale=_LATE_SCALE,
        time="watermark",
    )
    return (
        shared(
            f"{name}_unabsorbed_usd",
            # Later than a day no window but those of business days is restated.
            where=where & (pl.col("watermark") - pl.col("event_time") > DAY_MS),
            rows="late",
            help=f"capped value of late {event} records too old to restate any window",
        ),
        shared(
            f"{name}_valued_usd",
            where=where,
            help=f"capped value of {event} records in time",
        ),
        shared(
            f"{name}_late_valued_usd",
            where=where,
            rows="late",
            help=f"capped value of late {event} records",
        ),
    )


VALUED = {"gift": "gift", "ad": "ad", "purchase": "order"}
"""Topic -> prefix of its value measures."""

MEASURES = (
    Measure(
        "records",
        topic="*",
        event="*",
        value=ONE,
        where=pl.col("outcome").is_not_null(),
        labels=("topic", "outcome"),
        rows="every",
        time="watermark",
        counter="records_total",
        help="records by outcome",
    ),
    Measure(
        "invalid_records",
        topic="*",
        event="*",
        value=ONE,
        where=pl.col("outcome").eq("invalid"),
        labels=("topic", "reason"),
        rows="every",
        time="watermark",
        counter="invalid_records_total",
        help="invalid records by reason",
    ),
    _outcome("records_read", None, "records that are not test traffic"),
    _outcome("records_late", "late", "late records"),
    _outcome("records_duplicate", "duplicate", "records whose event id was accepted before"),
    _marked(
        "records_conflicting",
        pl.col("outcome").eq("duplicate") & pl.col("conflicting"),
        "conflicting_records_total",
        "duplicates of an event id that was accepted with another content",
    ),
    _marked(
        "records_miskeyed",
        pl.col("outcome").is_in(("test", "invalid")).not_() & pl.col("miskeyed"),
        "miskeyed_records_total",
        "records whose key in Kafka is not their creator, or viewer in the wallet topic",
    ),
    *(measure for topic in KEYED for measure in _keyed(topic)),
    _outcome("records_invalid", "invalid", "records that break the contract"),
    Measure(
        "records_without_rate",
        topic="*",
        event="*",
        value=ONE,
        where=pl.col("reason").eq("no_rate"),
        labels=("topic",),
        rows="every",
        time="watermark",
        help="records in a currency that has no rate",
    ),
    *_value("gift", "gift", "gift_sent", big("capped_coins") * pl.col("coin_price"), pl.lit(value=True)),
    *_value(
        "ad",
        "ad",
        "impression",
        big("price_micros_cpm") * pl.col("fx_rate") // 10**9,
        VALID_IMPRESSION,
    ),
    *_value(
        "order", "purchase", "order_completed", big("value_micros") * pl.col("fx_rate") // 10**6, REAL_ORDER
    ),
)
