"""Bytes to events: one typed decoder per topic, reused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

import msgspec

from stream.events.explain import reason_of
from stream.events.fields import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.events.schema import TopicSchema

_REJECTED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Nothing(Event, tag="", kw_only=True):
    """No record is one. It makes a union of a topic with one event type, so that the type is asked for."""

    impossible: Annotated[int, msgspec.Meta(gt=0, lt=1)]


class Decoder:
    """Decodes the records of one topic strictly; nothing is coerced.

    Args:
        schema: the topic.
    """

    def __init__(self, schema: TopicSchema) -> None:
        self._schema = schema
        # A record with a field that the contract does not list is fine, but counted. The strict
        # decoder finds it at no cost; only such a record is decoded a second time.
        self._strict = msgspec.json.Decoder(Union[(*schema.events, _Nothing)])
        lenient = tuple(_lenient(struct) for struct in schema.events)
        self._lenient = msgspec.json.Decoder(Union[(*lenient, _Nothing)])
        self.type_index = {
            struct: index for group in (schema.events, lenient) for index, struct in enumerate(group)
        }

    def decode(self, values: Sequence[bytes | None]) -> tuple[list[Event | None], dict[int, str], int]:
        """Decode a batch.

        Args:
            values: the records' bytes.

        Returns:
            an event per record (None where it is invalid), the reason by index of the invalid
            ones, and how many records had fields that the contract does not list.
        """
        events: list[Event | None] = []
        reasons: dict[int, str] = {}
        unknown = 0
        append, decode = events.append, self._strict.decode
        for index, value in enumerate(values):
            try:
                append(decode(value))  # type: ignore[arg-type]
            except (*_REJECTED, TypeError):
                event = self._second(value)
                if event is None:
                    reasons[index] = reason_of(value, self._schema)
                else:
                    unknown += 1
                append(event)
        return events, reasons, unknown

    def one(self, value: bytes) -> Event:
        """Decode one record that was accepted before (a stored streak).

        Raises:
            msgspec.MsgspecError: it is not valid any more.
        """
        event: Event = self._lenient.decode(value)
        return event

    def _second(self, value: bytes | None) -> Event | None:
        if value is None:
            return None
        try:
            event: Event = self._lenient.decode(value)
        except _REJECTED:
            return None
        return event


def _lenient(struct: type[Event]) -> type[Event]:
    """The same event, with room for fields that the contract does not list."""
    config = struct.__struct_config__
    made = msgspec.defstruct(
        struct.__name__,
        (),
        bases=(struct,),
        tag=config.tag,
        tag_field=config.tag_field,
        forbid_unknown_fields=False,
    )
    assert issubclass(made, struct)
    return made
