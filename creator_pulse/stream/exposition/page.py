"""The text of ``/metrics``, cheap to write again: a series' name and labels stay, only its value is new."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from prometheus_client.exposition import choose_encoder
from prometheus_client.utils import floatToGoString

from creator_pulse.stream.exposition.collector import LaneCollector
from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.registry import Collector

Labels = tuple[tuple[str, str], ...]

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
# Series that are written without a pause: about a millisecond.
_TURN_SERIES = 1_000
# Long enough for a waiting thread to wake up and take the interpreter's lock.
_TURN_SECONDS = 0.0001


class Page:
    """Writes the page again and again, each time with all series as of then.

    The library needs 10 us per series, and creates objects that set off the garbage collector, which stops
    all threads. The text before a series' value never changes, so it is formatted once and cached. Nothing is
    ever evicted, because labels are bounded by the settings.

    Args:
        samples: the series as of now.
        helps: family name with ``pulse_`` -> help text.
        rest: further series, written behind them by the library each time.
    """

    def __init__(
        self, samples: Callable[[], Iterable[Sample]], helps: Mapping[str, str], rest: Collector
    ) -> None:
        self._samples = samples
        self._helps = helps
        self._rest = rest
        self._heads: defaultdict[str, dict[Labels, str]] = defaultdict(dict)
        self._tops: dict[tuple[str, str], str] = {}

    def write(self, accept: str) -> tuple[str, bytes]:
        """Write the page as of now.

        Args:
            accept: the ``Accept`` header of the request, or empty; it must ask for unescaped names.

        Returns:
            content type, body.
        """
        encode, content_type = choose_encoder(accept)
        media = content_type.partition(";")[0]
        lines_of: defaultdict[str, list[str]] = defaultdict(list)
        # Samples of a family need not follow each other, but the format wants each family in one piece.
        for number, sample in enumerate(self._samples(), 1):
            head = self._heads[sample.family].get(sample.labels) or self._head(sample)
            value = floatToGoString(sample.value)  # type: ignore[no-untyped-call]
            lines_of[sample.family].append(f"{head}{value}\n")
            if not number % _TURN_SERIES:
                # Else the event loop waits until the interpreter's switch interval, 5 ms, is over.
                time.sleep(_TURN_SECONDS)
        parts = [
            "".join((self._top(encode, media, family), *lines)).encode() for family, lines in lines_of.items()
        ]
        return content_type, b"".join((*parts, encode(self._rest)))

    def _head(self, sample: Sample) -> str:
        pairs = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in sorted(sample.labels))
        head = f"{sample.family}{{{pairs}}} " if pairs else f"{sample.family} "
        self._heads[sample.family][sample.labels] = head
        return head

    def _top(self, encode: Callable[[Collector], bytes], media: str, family: str) -> str:
        """The lines before a family; formats differ in how they name it."""
        top = self._tops.get((media, family))
        if top is None:
            text, kind, _ = encode(LaneCollector(lambda: (Sample(family, (), 0),), self._helps)).split(
                b"\n", 2
            )
            top = self._tops[media, family] = f"{text.decode()}\n{kind.decode()}\n"
        return top
