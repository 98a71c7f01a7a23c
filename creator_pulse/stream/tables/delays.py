"""How long records took from their ingest time to the page: a histogram per topic, of one worker.

It reads the clock, so it is no state of a lane: if the same log is read again, the delays are others. It is
neither stored nor handed over: a worker starts at 0 and counts the records of its own commits. So the
histogram is exact as a distribution of what this worker has exposed, and no total of records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

BOUNDS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Upper bounds of the buckets, s. The alerts' limits, 10 and 30, are among them, because a quantile between
two bounds is only interpolated.
"""
# In ms once: times are compared as they come, without a division for each record.
_BOUNDS_MS = np.array(BOUNDS) * 1000


class Spread(NamedTuple):
    """The delays of one topic.

    Attributes:
        topic: one of the names given at the start.
        upto: cumulative counts, one per bound of ``BOUNDS`` and the count of all.
        seconds: sum of all delays.
    """

    topic: str
    upto: tuple[int, ...]
    seconds: float


class Delays:
    """Counts delays by topic.

    Args:
        topics: names without prefix; each has a histogram from the start.
    """

    def __init__(self, topics: Iterable[str]) -> None:
        self._counts = {topic: np.zeros(len(BOUNDS) + 1, dtype=np.int64) for topic in topics}
        self._total_ms = dict.fromkeys(self._counts, 0)

    def shown(self, topic: str, ingested: Iterable[npt.NDArray[np.int64]], now_ms: int) -> None:
        """Count records that are exposed from now on.

        Args:
            topic: one of the names given at the start.
            ingested: ingest times by batch, epoch ms. If one lies ahead of the clock, its delay is 0.
            now_ms: when their commit was confirmed, epoch ms.
        """
        for times in ingested:
            # Bucket i takes delays above bound i - 1, up to and including bound i; the last takes the rest.
            took = np.maximum(now_ms - times, 0)
            places = np.searchsorted(_BOUNDS_MS, took, side="left")
            self._counts[topic] += np.bincount(places, minlength=len(BOUNDS) + 1)
            self._total_ms[topic] += int(took.sum())

    def spreads(self) -> Iterator[Spread]:
        """The delays of each topic so far; may be called from another thread."""
        for topic, counts in self._counts.items():
            # Prometheus' buckets are cumulative: bucket i counts all delays up to bound i.
            yield Spread(topic, tuple(np.cumsum(counts).tolist()), self._total_ms[topic] / 1000)
