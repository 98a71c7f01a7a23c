"""The counter law on stored samples: no total fell, and the growth of each is the ledger's."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.verify import TOLERANCE, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.proof.chaos.history import Series
    from creator_pulse.proof.ledger.verify import LabelSet

_WHERE = "prometheus"
Totals = dict[str, dict["LabelSet", Fraction]]
"""Family -> label set without partition -> value."""


def falls(found: Iterable[Series]) -> list[Difference]:
    """Every place where a total is lower than the sample before it.

    Args:
        found: series of totals.
    """
    return [
        Difference(
            _WHERE,
            f"{series.name} fell at {after[0]:.3f}",
            dict(series.labels),
            f"{before[1]}",
            f"{after[1]}",
        )
        for series in found
        for before, after in zip(series.points, series.points[1:], strict=False)
        if after[1] < before[1]
    ]


def growth(series: Series, since: float) -> Fraction:
    """Last sample minus the newest one until ``since``; absent = 0.

    Args:
        series: of a total.
        since: epoch seconds.
    """
    first = [value for at, value in series.points if at <= since]
    last = [value for _, value in series.points]
    return Fraction(last[-1] if last else 0) - Fraction(first[-1] if first else 0)


def wrong_growth(found: Iterable[Series], since: float, before: Totals, after: Totals) -> list[Difference]:
    """Where the growth in Prometheus, summed over partitions, is not the ledger's.

    Args:
        found: series of totals; those of families that the ledger does not keep are passed over.
        since: epoch seconds of the start.
        before: the ledger's totals at the start.
        after: at the end.

    Returns:
        A difference for each figure that is off by more than a float of its size can be.
    """
    grown: Totals = defaultdict(lambda: defaultdict(Fraction))
    names = {family: {name for key in sums for name, _ in key} for family, sums in after.items()}
    for series in found:
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


def blind_seconds(found: Iterable[Series], places: Mapping[str, int], start: float, end: float) -> float:
    """The longest time without a stored sample of some partition's counters.

    Args:
        found: of each partition one series that is scraped together with its counters.
        places: topic -> its partitions.
        start: epoch seconds; the time until the first sample counts.
        end: likewise for the time after the last sample.

    Returns:
        Seconds; never less than the scrape interval. A partition without a sample was blind throughout.
    """
    times: dict[tuple[str, int], list[float]] = {
        (topic, number): [start, end] for topic, count in places.items() for number in range(count)
    }
    for series in found:
        place = (series.labels.get("topic", ""), int(series.labels.get("partition", -1)))
        if place in times:
            times[place] += [at for at, _ in series.points if start <= at <= end]
    gaps = [
        after - before
        for seen in times.values()
        for before, after in zip(sorted(seen), sorted(seen)[1:], strict=False)
    ]
    return max(gaps, default=0.0)
