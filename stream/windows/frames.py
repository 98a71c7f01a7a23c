"""Events to frames: columns of one event type, only those that something reads."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, get_args

import msgspec
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stream.events.fields import Event
    from stream.events.schema import TopicSchema
    from stream.windows.event_rows import Rates


class Framer:
    """Makes the frames of one topic's event types.

    Args:
        schema: the topic.
        needed: event type -> the columns that its measures read.
    """

    def __init__(self, schema: TopicSchema, needed: Mapping[str, Iterable[str]]) -> None:
        self._fields: dict[str, list[tuple[str, attrgetter[object], pl.DataType]]] = {}
        for event, columns in needed.items():
            wanted = {*columns, "event_time"}
            if schema.streaks and event == schema.streaks.event:
                wanted |= {schema.streaks.count, schema.streaks.unit}
            self._fields[event] = [
                (field.name, attrgetter(field.name), _dtype(field.type))
                for field in msgspec.structs.fields(schema.types()[event])
                if field.name in wanted
            ]

    def frame(
        self, event: str, events: Sequence[Event], rates: Rates, watermarks: Sequence[int]
    ) -> pl.DataFrame:
        """Columns of some events of one type.

        Args:
            event: their type.
            events: the events.
            rates: their dated columns.
            watermarks: that choose the pane of what has no event time, ms.
        """
        return pl.DataFrame(
            [
                *(
                    pl.Series(name, list(map(get, events)), dtype=kind)
                    for name, get, kind in self._fields[event]
                ),
                *(pl.Series(name, column, dtype=pl.Int64) for name, column in rates.items()),
                pl.Series("watermark", watermarks, dtype=pl.Int64),
            ]
        )


def _dtype(kind: object) -> pl.DataType:
    """The column type of a field's type."""
    text = str(kind)
    if "bool" in text:
        return pl.Boolean()
    if "int" in text and "Literal" not in text:
        return pl.Int64()
    if "str" in text or any(isinstance(part, str) for part in _literals(kind)):
        return pl.String()
    return pl.Int64()


def _literals(kind: object) -> tuple[object, ...]:
    parts = get_args(kind)
    return tuple(part for one in parts for part in (get_args(one) or (one,)))
