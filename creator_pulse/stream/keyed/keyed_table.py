"""The seam to a source lane's tables by id: changelog entries and gauges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.events.schema import Gauge


def gauge_sample(gauge: Gauge, labels: tuple[tuple[str, str], ...], value: float) -> Sample:
    """A gauge that a rule declares, as it is exposed."""
    return Sample(f"pulse_{gauge.name}", labels, value)


class KeyedTable(Protocol):
    """A table of one partition.

    Attributes:
        kind: label of the entries in ``pulse_table_entries``.
        prefix: first byte of the keys in the changelog.
        most: how many it may know.
        overflowed: how often something new found no room, since somebody last set it to 0.
    """

    kind: str
    prefix: bytes
    most: int
    overflowed: int

    def __len__(self) -> int:
        """How many ids are known."""
        ...

    def drain(self, highest: int) -> Iterator[tuple[bytes, bytes | None]]:
        """Drop entries whose TTL has passed at the largest time seen; yield changes since the last call."""
        ...

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take back drained entries that still live, in any order."""
        ...

    def gauges(self, watermark: int) -> Iterator[Sample]:
        """The gauges at a watermark, ms."""
        ...
