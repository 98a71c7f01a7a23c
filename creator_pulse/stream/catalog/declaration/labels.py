"""Label values that are known before anything counts, so that each series starts at 0."""

from __future__ import annotations

from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.settings import INPUT_TOPICS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OUTCOMES = ("counted", "progress", "duplicate", "late", "invalid", "test")
REASONS = (
    "null_value",
    "not_json",
    "not_object",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "schema_version",
    "event_type",
    "not_listed",
    "no_rate",
    "illegal_step",
    "future_time",
    "unreadable",
    "too_large",
    "failed",
    "void",
)
FAILED = "failed"
"""Reason of a record that the counting of it has failed at."""
UNCOUNTED = ("unreadable", "too_large", "failed")
"""Reasons that say nothing of the producer's intent: such records may be good."""
UNKNOWN = "unknown"
IDENTITIES = frozenset(
    {
        "advertiser_id",
        "campaign_id",
        "creator_id",
        "device_hash",
        "gift_id",
        "order_id",
        "payment_hash",
        "room_id",
        "video_id",
        "viewer_id",
    }
)
"""Labels that name somebody or something: their values stand in `pulse.window`, in no series."""
MERGE_KEY = ("app", "region")
"""Labels whose values choose the merge lane of a sum that has them, the coarsest first."""
ZONED, FOLDED = MERGE_KEY[:2]
"""The label whose values have business days of their own; the one whose further values are ``other``."""
SURFACES = ("feed", "live", UNKNOWN)
TOOLS = ("gift", "ad", "reward", "deal", "commerce")
OTHER = "other"
DOMAINS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"surface": SURFACES, "tool": TOOLS, "outcome": OUTCOMES, "reason": REASONS, "topic": INPUT_TOPICS}
)
"""Every value that a label can take, besides ``app`` and ``region``; a record cannot add one."""


def combinations(labels: tuple[str, ...], settings: Settings, topic: str) -> Iterator[tuple[str, ...]]:
    """All configured values of a label set, in the order of ``labels``.

    Args:
        labels: label names; ``region`` comes with ``app``.
        settings: which regions each app has series for.
        topic: the value of a ``topic`` label; ``*`` for every input topic.

    Yields:
        nothing where a label has values that nobody configures (a creator).
    """
    places = [
        (app, region)
        for app, regions in sorted(settings.regions.items())
        for region in ((*regions, OTHER) if FOLDED in labels else (OTHER,))
    ]
    domains = DOMAINS if topic == "*" else {**DOMAINS, "topic": (topic,)}
    # Only these are free: app and region come in pairs, as each app has its own regions.
    free = [name for name in labels if name not in {ZONED, FOLDED}]
    if not domains.keys() >= set(free):
        return
    for place in places if ZONED in labels else [("", "")]:
        for rest in product(*(domains[name] for name in free)):
            value_of = {ZONED: place[0], FOLDED: place[1], **dict(zip(free, rest, strict=True))}
            yield tuple(value_of[name] for name in labels)
