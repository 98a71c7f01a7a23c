"""The counter law on stored samples: no total falls, and each grows by as much as the ledger's."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.verify import TOLERANCE, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.chaos.history import StoredSeries
    from creator_pulse.proof.ledger.verify import LabelSet

_WHERE = "prometheus"
Totals = dict[str, dict["LabelSet", Fraction]]
"""Family -> label set without partition -> value."""


def falls(totals: Iterable[StoredSeries]) -> list[Difference]:
    """Every sample that is lower than the one before it.

    Args:
        totals: stored series of monotonic totals.
    """
    return [
        Difference(
            _WHERE,
            f"{series.name} fell at {after[0]:.3f}",
            dict(series.labels),
            f"{before[1]}",
            f"{after[1]}",
        )
        for series in totals
        for before, after in zip(series.points, series.points[1:], strict=False)
        if after[1] < before[1]
    ]


def growth(series: StoredSeries, since: float) -> Fraction:
    """The last sample minus the newest one up to ``since``; a missing sample counts as 0.

    Args:
        series: a counter with all its stored points, by time.
        since: start of the growth, epoch seconds.
    """
    # A series that did not exist then grows from 0: counters start at 0.
    first = [value for at, value in series.points if at <= since]
    last = [value for _, value in series.points]
    return Fraction(last[-1] if last else 0) - Fraction(first[-1] if first else 0)


def wrong_growth(
    totals: Iterable[StoredSeries], since: float, before: Totals, after: Totals
) -> list[Difference]:
    """Compare the growth in Prometheus, summed over partitions, with that of the ledger.

    Args:
        totals: stored series; families that the ledger does not keep are ignored.
        since: start of the growth, epoch seconds.
        before: the ledger's totals at the start.
        after: the ledger's totals at the end.

    Returns:
        a difference for each figure that deviates by more than the precision of a float.
    """
    grown: Totals = defaultdict(lambda: defaultdict(Fraction))
    names = {family: {name for key in sums for name, _ in key} for family, sums in after.items()}
    for series in totals:
        # Only labels that the ledger has: partition and instance are summed over.
        key = frozenset((name, series.labels.get(name, "")) for name in names.get(series.name, ()))
        grown[series.name][key] += growth(series, since)
    wrong = []
    for name, sums in after.items():
        for key, total in sums.items():
            want = total - before.get(name, {}).get(key, Fraction(0))
            have = grown[name][key]
            if abs(want - have) > abs(total) * TOLERANCE:
                labels = dict(sorted(key))
                wrong.append(
                    Difference(_WHERE, f"{name} grew", labels, f"{float(want):.17g}", f"{float(have):.17g}")
                )
    return wrong


def blind_seconds(
    stored: Iterable[StoredSeries], places: Mapping[str, int], start: float, end: float
) -> float:
    """The longest time during which no sample of some partition's counters was stored.

    Args:
        stored: for each partition, one series that is scraped together with its counters.
        places: topic -> number of partitions.
        start: epoch seconds; the time until the first sample counts too.
        end: epoch seconds; the time after the last sample counts too.

    Returns:
        seconds, at least the scrape interval; ``end - start`` if a partition has no sample.
    """
    times: dict[tuple[str, int], list[float]] = {
        (topic, number): [start, end] for topic, count in places.items() for number in range(count)
    }
    for series in stored:
        place = (series.labels.get("topic", ""), int(series.labels.get("partition", -1)))
        if place in times:
            times[place] += [at for at, _ in series.points if start <= at <= end]
    # Start and end are among the instants, so that the edges count as gaps too.
    gaps = [
        after - before
        for instants in times.values()
        for before, after in zip(sorted(instants), sorted(instants)[1:], strict=False)
    ]
    return max(gaps, default=0.0)
