"""The delays from ingest to page, as a histogram of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from creator_pulse.stream.exposition.helps import EXPORT_DELAY, HELPS
from creator_pulse.stream.tables.delays import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client.core import Metric

    from creator_pulse.stream.tables.delays import Spread

_BOUNDS = tuple(floatToGoString(bound) for bound in (*BOUNDS, float("inf")))  # type: ignore[no-untyped-call]


class DelayCollector(Collector):
    """Exposes the delays that ``spreads`` returns at the time of a scrape.

    Args:
        spreads: the delays of each topic.
    """

    def __init__(self, spreads: Callable[[], Iterable[Spread]]) -> None:
        self._spreads = spreads

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering collects nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """One family, with a histogram per topic."""
        family = HistogramMetricFamily(EXPORT_DELAY, HELPS[EXPORT_DELAY], labels=("topic",))
        for topic, upto, seconds in self._spreads():
            buckets = [(bound, float(count)) for bound, count in zip(_BOUNDS, upto, strict=True)]
            family.add_metric((topic,), buckets, seconds)
        yield family
