"""How often fields hold a word that is not on their list: sums by such a field are blind to it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE, unlisted

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTED: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "gift_sent": ("gift", ("viewer_age_band", "creator_age_band", "age_source")),
        "gift_reversed": ("gift", ("reason",)),
        "topup_completed": ("wallet", ("viewer_age_band", "age_source", "payment_method")),
        "order_completed": ("purchase", ("payment_method",)),
        "order_settled": ("purchase", ("payment_method",)),
        "fraud_reported": ("purchase", ("payment_method",)),
        "dispute_opened": ("purchase", ("payment_method",)),
    }
)
"""Event type -> its topic, and the fields with a closed list that some measure depends on."""


def _measure(topic: str, event: str, field: str) -> Measure:
    # A streak that times out is made of a record that was counted when it came.
    once = pl.col("timed_out").eq(0) if event == "gift_sent" else EVERY
    return Measure(
        f"unlisted_{event}_{field}",
        topic=topic,
        event=event,
        value=ONE,
        where=unlisted(field) & once,
        labels=("topic",),
        fixed={"field": field},
        counter="unlisted_words_total",
        help="records, late ones excepted, with a word that is not on the field's closed list",
    )


MEASURES = tuple(
    _measure(topic, event, field) for event, (topic, fields) in LISTED.items() for field in fields
)
