"""Small expressions that several declarations share."""

from __future__ import annotations

import polars as pl

from creator_pulse.stream.events.listed_words import BAND_OF_18, LISTED_WORDS, MINOR_BANDS

ONE = pl.lit(1, dtype=pl.Int64)
"""Counts rows; only under a condition, as a sum over a bare literal is the literal."""


def big(column: str) -> pl.Expr:
    """A column as a 128-bit integer; null is 0.

    A CPM times basis points times a rate fills 64 bits within hours (contract section 3).
    """
    return pl.col(column).fill_null(0).cast(pl.Int128)


LARGEST_SIZE = 2**62
"""The largest bucketed size; larger ones count as that."""


def micro_usd(amount: str) -> pl.Expr:
    """An amount in micros of a currency, in micro-USD rounded down: a quantile is of one currency."""
    return pl.min_horizontal(big(amount) * pl.col("fx_rate") // 10**6, pl.lit(LARGEST_SIZE, dtype=pl.Int128))


def capped_micro_usd(amount: str, cap: int, per: int = 1) -> pl.Expr:
    """An amount in micros of a currency, in micro-USD rounded down: a single one adds at most the cap.

    Args:
        amount: the column that is summed, micro-units of a currency.
        cap: the largest amount that counts, micro-USD.
        per: how many units the amount is the price of.
    """
    value = big(amount) * pl.col("fx_rate") // (10**6 * per)
    return pl.min_horizontal(value, pl.lit(cap, dtype=pl.Int128)).cast(pl.Int64)


EVERY = pl.col("event_time").is_not_null()
"""All rows, as a condition on a column."""

HUMAN = pl.col("ivt_class").fill_null("none").eq("none")
"""No invalid traffic; an unknown class is not valid traffic either."""

VALID_IMPRESSION = pl.col("billable") & HUMAN
"""Billable, and no invalid traffic (contract section 3)."""

REAL_ORDER = ~pl.col("is_sample").fill_null(value=False)
"""Orders that are not samples."""

MINOR = (
    pl.col("age_source").eq("verified")
    & (
        pl.col("viewer_age_band").is_in(MINOR_BANDS)
        | (pl.col("viewer_age_band").eq(BAND_OF_18) & pl.col("region").eq("KR"))
    )
).fill_null(value=False)
"""Under the age for gifts: 18, in South Korea 19; only a verified age is proof."""

MINOR_HOST = pl.col("creator_age_band").is_in(MINOR_BANDS).fill_null(value=False)
"""The receiver is under 18, whoever says so."""


def unlisted(field: str) -> pl.Expr:
    """Whether a field holds a word that is not on its closed list; an absent one does not.

    Args:
        field: name of a field in ``LISTED_WORDS``.
    """
    return pl.col(field).is_in(LISTED_WORDS[field]).not_().fill_null(value=False)


UNKNOWN_AGE = unlisted("viewer_age_band") | unlisted("age_source")
"""A viewer's age in words that are not listed: whether it is that of a minor, nobody knows."""
