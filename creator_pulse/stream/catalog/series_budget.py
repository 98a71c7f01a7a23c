"""The budget of each family: how many series it can have at most, whatever records say.

It follows from the declarations and the settings: each label has a closed list of values, and a region
without series of its own counts as ``other``. So a million creators or a region code that nobody knows
add nothing, and the most that a family may cost is known before the first record.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import DOMAINS, IDENTITIES
from creator_pulse.stream.catalog.declaration.signals import EVERY_TOPIC
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.settings import APPS, INPUT_TOPICS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.catalog.declaration.declare import Measure, Value
    from creator_pulse.stream.catalog.declaration.signals import Signal

STATES = 2
"""A window is shown provisional, and final."""
TRUST = (
    "window_end_timestamp_seconds",
    "watermark_timestamp_seconds",
    "completeness_ratio",
    "late_ratio",
    "duplicate_ratio",
    "invalid_ratio",
)
"""What stands beside each value: ``pulse_value_<name>``."""
EXPECTED = (
    "expected",
    "expected_lower",
    "expected_upper",
    "expected_history",
    "expected_end_timestamp_seconds",
    "seen",
)
"""Families about a signal, without ``pulse_``."""
SCORED = ("score", "score_left", "score_since_timestamp_seconds", "score_lost_usd")
"""Likewise, by speed and direction."""
CONTRIBUTORS = 3
"""Values that explain a change have a series each while it lasts."""
SPEEDS = 2
"""Evidence is fast, or slow."""


def series_budget(settings: Settings, catalogue: Catalogue = CATALOGUE) -> Mapping[str, int]:
    """The most series of each family that is declared, on the pages of all workers together.

    Args:
        settings: regions of each app, partitions of each topic.
        catalogue: the measures and values of the job.

    Returns:
        family with ``pulse_`` -> series. A lane's own series (lag, entries kept) are not declared, and
        has a fixed number for each partition.

    Raises:
        CatalogError: a label's values are not bounded.
    """
    budget: Counter[str] = Counter()
    for family, number in (
        *(family for measure in catalogue.measures.values() for family in _counters(measure, settings)),
        *(family for value in catalogue.values for family in _gauges(value, settings)),
        *(family for signal in catalogue.signals for family in _evidence(signal, settings)),
    ):
        budget[family] += number
    return budget


def _counters(measure: Measure, settings: Settings) -> Iterator[tuple[str, int]]:
    if measure.counter is None:
        return
    topics = INPUT_TOPICS if measure.topic == "*" else (measure.topic,)
    # A partition's series carry the one topic that it is of.
    of_one = _label_sets(measure.id, tuple(name for name in measure.labels if name != "topic"), settings)
    yield f"pulse_{measure.counter}", of_one * sum(map(settings.partitions_of, topics))


def _gauges(value: Value, settings: Settings) -> Iterator[tuple[str, int]]:
    if not IDENTITIES.isdisjoint(value.labels):
        return  # it stands in `pulse.window`, in no series
    plain = tuple(name for name in value.labels if name not in value.formula.own_labels)
    number = _label_sets(value.name, plain, settings) * value.formula.series * len(value.windows) * STATES
    yield f"pulse_{value.name}", number
    for name in TRUST:
        yield f"pulse_value_{name}", number


def _evidence(signal: Signal, settings: Settings) -> Iterator[tuple[str, int]]:
    # Each app has one more place: all its regions together.
    whole = _label_sets(signal.name, ("app",), settings)
    places = (
        len(INPUT_TOPICS)
        if signal.topic == EVERY_TOPIC
        else whole + _label_sets(signal.name, ("app", "region"), settings)
    )
    for name in EXPECTED:
        yield f"pulse_{name}", places
    for name in SCORED:
        yield f"pulse_{name}", places * SPEEDS * len(signal.directions)
    if signal.topic != EVERY_TOPIC:
        yield "pulse_contributor_ratio", len(APPS) * CONTRIBUTORS


def _label_sets(where: str, labels: tuple[str, ...], settings: Settings) -> int:
    """How many sets of values some labels can have; ``region`` comes with ``app``."""
    free = [name for name in labels if name not in {"app", "region"}]
    unbounded = set(free) - DOMAINS.keys()
    if unbounded:
        raise CatalogError(f"{where}: nobody says how many values {sorted(unbounded)} may have")
    # One more for `other`; an app whose regions nobody configured has that alone.
    regions = [1 + len(settings.regions.get(app, ())) if "region" in labels else 1 for app in APPS]
    return (sum(regions) if "app" in labels else 1) * prod(len(DOMAINS[name]) for name in free)
