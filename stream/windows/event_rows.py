"""The records of a batch by event type, with their dated rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.events.fields import Event
    from stream.events.references import References
    from stream.events.schema import Lookup

Rates = dict[str, list[int | None]]
"""Column -> rate of each event, None where there is none."""


@dataclass(slots=True)
class EventRows:
    """Records of one event type.

    Attributes:
        rows: index of each in the batch.
        events: the records.
        rates: their dated columns.
    """

    rows: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    rates: Rates = field(default_factory=dict)

    def unrated(self, lookups: Sequence[Lookup]) -> list[int]:
        """Rows that have no rate though they need one."""
        return [
            row
            for lookup in lookups
            if lookup.required and None in self.rates[lookup.column]
            for row, rate in zip(self.rows, self.rates[lookup.column], strict=True)
            if rate is None
        ]


def rates_of(events: Sequence[Event], lookups: Sequence[Lookup], references: References) -> Rates:
    """The dated columns of some events.

    Args:
        events: of one type.
        lookups: of that type.
        references: the rates known now.
    """
    rates: Rates = {}
    keys: dict[tuple[str, ...], list[tuple[str | None, ...]]] = {}
    for lookup in lookups:
        if lookup.keys not in keys:
            keys[lookup.keys] = list(map(_tuple_getter(lookup.keys), events))
        at = list(map(attrgetter(lookup.at), events))
        rates[lookup.column] = references.rates(lookup, keys[lookup.keys], at)
    return rates


def _tuple_getter(names: tuple[str, ...]) -> Callable[[Event], tuple[str | None, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    get = attrgetter(names[0])
    return lambda event: (get(event),)
