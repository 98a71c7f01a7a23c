"""Bytes to columns: a fast path for plain records, and one strict decoder that alone says what is valid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Union

import msgspec
import numpy as np

from creator_pulse.stream.events.decoded import Decoded
from creator_pulse.stream.events.explain import reason_of
from creator_pulse.stream.events.fields import Event
from creator_pulse.stream.events.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.events.schema import TopicSchema
    from creator_pulse.stream.native.hash_key import HashKey

_REJECTED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Nothing(Event, tag="", kw_only=True):
    """No record is one. It makes a union of a topic with one event type, so that the type is asked for."""

    impossible: Annotated[int, msgspec.Meta(gt=0, lt=1)]


@dataclass(frozen=True, slots=True)
class _Strict:
    """What says which records of a topic are valid.

    A record with a field that the contract does not list is fine, but counted. The strict
    decoder finds it at no cost; only such a record is decoded a second time.

    Attributes:
        decoder: takes no field that the contract does not list.
        lenient: takes any more.
        kind: struct of either -> the event type's place in the schema.
    """

    decoder: msgspec.json.Decoder[Event]
    lenient: msgspec.json.Decoder[Event]
    kind: Mapping[type[Event], int]


class Decoder:
    """Decodes the records of one topic strictly; nothing is coerced.

    Args:
        schema: the topic.
        key: of the installation: hashes ids.
        kept: fields that something reads.
    """

    def __init__(self, schema: TopicSchema, key: HashKey, kept: Collection[str] = ()) -> None:
        self._schema = schema
        self.layout = Layout(schema, kept, key)
        self._strict = _strict(schema)

    def decode(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Decoded:
        """Decode a batch.

        Args:
            data: holds the records.
            at: shape (n,), where each begins.
            length: shape (n,), its bytes; -1 for a null value.
        """
        decoded = Decoded(self.layout, self.layout.parser.parse(data, at, length), data, (at, length))
        self._doubt(decoded)
        for row in np.flatnonzero(decoded.kind < 0).tolist():
            start = int(at[row])
            value = None if length[row] < 0 else data[start : start + int(length[row])]
            self._strictly(decoded, row, value)
        return decoded

    def again(self, values: Sequence[bytes]) -> Decoded:
        """Decode records that were accepted before (stored streaks).

        Raises:
            ValueError: one of them is not valid any more.
        """
        length = np.array([len(value) for value in values], dtype=np.int64)
        decoded = self.decode(b"".join(values), np.cumsum(length) - length, length)
        if decoded.reasons:
            raise ValueError(f"a stored record of {self._schema.name} is not valid: {decoded.reasons}")
        return decoded

    def trimmed(self, value: bytes) -> bytes:
        """An accepted record without what the contract does not list, and what nothing here reads."""
        layout, event = self.layout, self._strict.lenient.decode(value)
        read = {*layout.ints, *layout.texts, *layout.spans}
        for field in msgspec.structs.fields(event):
            if not field.required and field.name not in read:
                setattr(event, field.name, field.default)
        return msgspec.json.encode(event)

    def _doubt(self, decoded: Decoded) -> None:
        """Leave to the strict decoder what the fast path cannot judge: a streak without its group."""
        rule = self._schema.streaks
        if rule is not None:
            kind = list(self._schema.types()).index(rule.event)
            field, wanted = rule.when
            streak = (decoded.kind == kind) & (decoded.ints(field) == wanted)
            decoded.kind[streak & decoded.unsaid(rule.group)] = -1

    def _strictly(self, decoded: Decoded, row: int, value: bytes | None) -> None:
        event = None
        if value is not None:
            try:
                event = self._strict.decoder.decode(value)
            except _REJECTED:
                event = self._second(value)
                decoded.unknown += event is not None
        if event is None:
            decoded.reasons[row] = reason_of(value, self._schema)
        else:
            decoded.put(row, self._strict.kind[type(event)], event)

    def _second(self, value: bytes) -> Event | None:
        try:
            return self._strict.lenient.decode(value)
        except _REJECTED:
            return None


@cache
def _strict(schema: TopicSchema) -> _Strict:
    """The topic's decoders: made once, as they hold nothing of a lane."""
    lenient = tuple(_lenient(struct) for struct in schema.events)
    kind = {struct: place for group in (schema.events, lenient) for place, struct in enumerate(group)}
    return _Strict(
        msgspec.json.Decoder(Union[(*schema.events, _Nothing)]),
        msgspec.json.Decoder(Union[(*lenient, _Nothing)]),
        kind,
    )


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
