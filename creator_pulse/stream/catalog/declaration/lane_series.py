"""Series of partitions, whichever worker shows them.

A partition moves from worker to worker, and a scrape may mark its series with the worker's labels
(``instance``, ``pod``, ``container``, whatever an operator adds). To PromQL such a series ends with the move
and another begins, in which the counts in between are no increase; for a moment there may be both. So a
series that rules look back over is recorded first by its own labels. Of two that are there the higher one has
counted further.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANE_COUNTERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pulse_records_total": ("topic", "partition", "outcome"),
        "pulse_invalid_records_total": ("topic", "partition", "reason"),
        "pulse_lost_records_total": ("topic", "partition"),
        "pulse_source_resets_total": ("topic", "partition"),
        "pulse_restatements_total": ("topic", "partition"),
        "pulse_gifts_total": ("app", "region", "partition"),
        "pulse_topup_coins_total": ("app", "region", "partition"),
        "pulse_ad_impressions_total": ("app", "region", "partition"),
        "pulse_orders_total": ("app", "region", "partition"),
        "pulse_watch_seconds_total": ("app", "region", "surface", "partition"),
        "pulse_tool_changes_total": ("app", "region", "tool", "change", "partition"),
    }
)
"""Counters of lanes that rules look back over -> all labels of their own that tell their series apart."""


def lane_counter(family: str) -> str:
    """The recorded series of a counter without the labels of whoever shows it."""
    return f"{'_'.join(LANE_COUNTERS[family])}:{family}:max"


def lane_gauge(family: str, *labels: str) -> str:
    """A gauge by its own labels, whoever shows it.

    Args:
        family: with ``pulse_``, and matchers or a look back if need be.
        labels: every label that the lane gives it, besides ``partition``.
    """
    return f"max by ({', '.join((*labels, 'partition'))}) ({family})"


def lane_newest(family: str, span: str, *labels: str) -> str:
    """A gauge by its own labels as whoever shows it now shows it, else as somebody last did.

    Args:
        family: name with ``pulse_``, without matchers.
        span: how long ago that may be.
        labels: every label that the lane gives it, besides ``partition``.
    """
    return f"({lane_gauge(family, *labels)} or {lane_gauge(f'last_over_time({family}[{span}])', *labels)})"
