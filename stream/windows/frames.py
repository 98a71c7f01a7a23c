"""Events to frames: columns of one event type, only those that something reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import get_args

import msgspec
import polars as pl

from stream.events.fields import Event
from stream.events.references import References
from stream.events.schema import TopicSchema

ROW = "__row"
"""Index of the record in its batch."""


class Framer:
    """Makes the frames of one topic's event types.

    Args:
        schema: the topic.
        needed: per event type the columns that measures read.
    """

    def __init__(self, schema: TopicSchema, needed: Mapping[str, frozenset[str]]) -> None:
        self._schema = schema
        self._dtypes: dict[str, dict[str, pl.DataType]] = {}
        for event, struct in schema.types().items():
            own = {field.name: _dtype(field.type) for field in msgspec.structs.fields(struct)}
            wanted = set(needed[event]) | {"event_time"}
            for lookup in schema.lookups:
                if event in lookup.events:
                    wanted |= {*lookup.keys, lookup.at}
            if schema.streaks and event == schema.streaks.event:
                wanted |= {schema.streaks.count, schema.streaks.unit}
            self._dtypes[event] = {name: own[name] for name in sorted(wanted & set(own))}

    def frame(self, event: str, rows: Sequence[int], events: Sequence[Event]) -> pl.DataFrame:
        """Columns of some events of one type.

        Args:
            event: their type.
            rows: index of each in the batch.
            events: the events.
        """
        columns = [
            pl.Series(name, list(map(attrgetter(name), events)), dtype=dtype)
            for name, dtype in self._dtypes[event].items()
        ]
        return pl.DataFrame(
            [
                pl.Series(ROW, rows, dtype=pl.Int64),
                *columns,
            ]
        ).with_columns(pl.lit(self._schema.name).alias("topic"))

    def rated(self, event: str, frame: pl.DataFrame, references: References) -> tuple[pl.DataFrame, list[int]]:
        """Add the dated columns.

        Returns:
            the frame without the rows that have no rate though they need one, and those rows.
        """
        missing: list[int] = []
        for lookup in self._schema.lookups:
            if event not in lookup.events:
                continue
            frame = frame.with_columns(references.column(frame, lookup))
            if lookup.required and frame[lookup.column].null_count():
                missing += frame.filter(pl.col(lookup.column).is_null())[ROW].to_list()
                frame = frame.filter(pl.col(lookup.column).is_not_null())
        return frame, missing


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
