"""Samples to metric families, read at each scrape: the hot path never touches a metric object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from creator_pulse.stream.lanes.lane import Sample


class LaneCollector(Collector):
    """Exposes the samples that ``samples`` returns at the time of a scrape.

    Args:
        samples: the series of the last commits.
        helps: family name with ``pulse_`` -> help text.
    """

    def __init__(self, samples: Callable[[], Iterable[Sample]], helps: Mapping[str, str]) -> None:
        self._samples = samples
        self._helps = helps

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering collects nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All families, each once."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for sample in self._samples():
            family = families.get(sample.family)
            if family is None:
                text = self._helps.get(sample.family, sample.family.replace("_", " "))
                kind = CounterMetricFamily if sample.family.endswith("_total") else GaugeMetricFamily
                family = families[sample.family] = kind(sample.family.removesuffix("_total"), text)
            # Each with its own label names: trust series of one family belong to values with other labels.
            family.add_sample(sample.family, dict(sample.labels), sample.value)
        yield from families.values()
