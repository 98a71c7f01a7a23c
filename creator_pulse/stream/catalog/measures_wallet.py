"""What is summed over the wallet topic: coins bought, and what becomes of their payments.

Amounts are micros of ``currency``; ``fx_rate`` is micro-USD per unit of it.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declare import Measure, Rows
from creator_pulse.stream.catalog.expressions import EVERY, MINOR, ONE, big

_wallet = partial(Measure, topic="wallet")
_completed = partial(_wallet, event="topup_completed")
_SCALE = 10**12
_EVENTS = {
    "completed": "purchases of coins",
    "failed": "purchases of coins that broke",
    "settled": "purchases of coins whose payment is settled",
    "disputed": "purchases of coins whose payment is disputed",
    "fraud_reported": "purchases of coins reported as fraud",
}
_FOUND: tuple[tuple[str, Rows, str], ...] = (
    ("topups_by_minors", "accepted", ""),
    ("topups_by_minors_late", "late", ", of late records"),
)
"""Counted when found, late records too: see the measures of gifts."""

MEASURES = (
    *(
        _wallet(
            f"topups_{name}",
            event=f"topup_{name}",
            value=ONE,
            where=EVERY,
            help=text,
        )
        for name, text in _EVENTS.items()
    ),
    _completed("topup_coins", value=big("coins"), help="coins bought"),
    _completed(
        "topup_usd",
        value=big("amount_micros") * pl.col("fx_rate"),
        scale=_SCALE,
        help="what viewers paid for coins",
    ),
    _completed(
        "topup_net_usd",
        value=big("net_micros") * pl.col("fx_rate"),
        scale=_SCALE,
        help="what remained of it after tax and store",
    ),
    *(
        _completed(
            name,
            value=ONE,
            where=MINOR,
            rows=rows,
            time="watermark",
            help=f"coins bought by viewers who are proven to be too young{text}",
        )
        for name, rows, text in _FOUND
    ),
)
