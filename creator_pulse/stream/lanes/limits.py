"""Tables that somebody who sends may fill: how full they are, and what found no room.

No count is lost at a limit: a new entry is in every sum, but it is not followed further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Bounded(Protocol):
    """A table with a largest number of entries.

    Attributes:
        most: entries.
        overflowed: how often something found no room.
    """

    most: int
    overflowed: int


class Limited(NamedTuple):
    """A table and how many entries it has.

    Example:
        >>> from types import SimpleNamespace
        >>> table = Limited(SimpleNamespace(most=10, overflowed=2), size=5)
        >>> [sample.value for sample in limits({"ids": table}, ())]
        [0.5, 2]
    """

    table: Bounded
    size: int


def limits(tables: Mapping[str, Limited], place: tuple[tuple[str, str], ...]) -> Iterator[Sample]:
    """The series of some tables.

    A table that gives up its oldest entries may hold some more until it is drained: it is full.

    Args:
        tables: kind, as in ``pulse_table_entries`` -> the table and its size.
        place: labels of the lane.
    """
    for kind, (table, size) in tables.items():
        labels = (("kind", kind), *place)
        yield Sample("pulse_table_fill_ratio", labels, min(1.0, size / table.most))
        yield Sample("pulse_table_overflow_total", labels, table.overflowed)
