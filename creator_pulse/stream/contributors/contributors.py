"""Explains the signals of one app: breakdowns by label, and timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.contributors.broken_down import BrokenDown
from creator_pulse.stream.contributors.sums import HOUR
from creator_pulse.stream.contributors.timeline import MeasureColumn, Timeline, TimelineSource, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.catalog.declaration.signals import Signal
    from creator_pulse.stream.contributors.broken_down import Ints, Keys
    from creator_pulse.stream.contributors.names import BreakdownNames

_END_OF_EVENT = b"\0"
_FORGOTTEN = 2
"""Hours after which a text that nobody told again, and no row has, is dropped."""


class Contributors:
    """The breakdowns of an app.

    The state follows from increments and closes in their order alone.

    Args:
        app: its name.
        catalogue: declares signals, measures and breakdowns.
        columns: event type -> ids of the measures that are summed, in the order of the columns.
        names: the texts of values; shared by the apps of a lane.
    """

    def __init__(
        self, app: str, catalogue: Catalogue, columns: dict[str, tuple[str, ...]], names: BreakdownNames
    ) -> None:
        self._app = app
        self._names = names
        self._breakdowns = {
            breakdown.event: BrokenDown(breakdown, columns[breakdown.event])
            for breakdown in catalogue.breakdowns
            if breakdown.event in columns
        }
        self._by_topic: dict[str, list[BrokenDown]] = {}
        place_of: dict[str, MeasureColumn] = {}
        for event, of_event in self._breakdowns.items():
            topic = catalogue.measures[of_event.measures[0]].topic
            self._by_topic.setdefault(topic, []).append(of_event)
            place_of |= {name: MeasureColumn(of_event, place) for place, name in enumerate(columns[event])}
        self.signals = tuple(
            signal
            for signal in catalogue.signals
            if all(name in place_of for name in (signal.count, *signal.of))
        )
        self._sources = {
            signal.name: TimelineSource(
                signal.name,
                app,
                1 if signal.of else catalogue.measures[signal.count].scale,
                (
                    (place_of[signal.count],),
                    *((tuple(place_of[name] for name in signal.of),) if signal.of else ()),
                ),
            )
            for signal in self.signals
        }

    def add(self, event: str, keys: Keys, minutes: Ints, totals: Ints) -> None:
        """Add increments, see ``BrokenDown.add``."""
        self._breakdowns[event].add(keys, minutes, totals)

    def close(self, topic: str, until_ms: int) -> None:
        """Close the minutes of a topic that end at or before a time, epoch ms."""
        for of_event in self._by_topic.get(topic, ()):
            of_event.close(until_ms)

    def closed(self, signal: Signal) -> int | None:
        """The first open minute of a signal, since the epoch; None before the first close."""
        ends = [
            column.of.sums.closed for columns in self._sources[signal.name].measures for column in columns
        ]
        return None if None in ends else min(end for end in ends if end is not None)

    def timeline(self, signal: Signal, end: int, since_ms: int | None) -> Timeline:
        """The six hours of a signal up to a minute, see ``timeline``."""
        return timeline(self._sources[signal.name], end, since_ms, self._names)

    @property
    def hashes(self) -> set[int]:
        """The hashes of values that have a row, or may get one."""
        named: set[int] = set()
        for of_event in self._breakdowns.values():
            for row in of_event.places.rows:
                named.update(row.hashes)
            for waiting in of_event.places.waiting:
                for hashes in waiting:
                    named.update(hashes)
        return named

    @property
    def size(self) -> int:
        """Bytes of all sums."""
        return sum(of_event.sums.size for of_event in self._breakdowns.values())

    @property
    def hour(self) -> int | None:
        """The hour before which texts that nobody told again may be dropped; None before the first close."""
        ends = [of_event.sums.closed for of_event in self._breakdowns.values()]
        closed = [end for end in ends if end is not None]
        return min(closed) // HOUR - _FORGOTTEN if closed else None

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Changelog entries that changed since the last call; None for the dropped ones."""
        for event, of_event in self._breakdowns.items():
            for key, value in of_event.drain():
                yield event.encode() + _END_OF_EVENT + key, value

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back an entry of ``drain``; one of an event that is not broken down any more is ignored."""
        event, _, key = name.partition(_END_OF_EVENT)
        of_event = self._breakdowns.get(event.decode())
        if of_event is not None:
            of_event.restore(key, value)

    def resume(self) -> None:
        """Go on from a restored state."""
        for of_event in self._breakdowns.values():
            of_event.resume()
