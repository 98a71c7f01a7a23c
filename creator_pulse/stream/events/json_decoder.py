"""JSON to columns. All conditions of a valid record are checked by ``native/rows.pyx``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.events.decoded import Decoded
from creator_pulse.stream.events.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.events.schema import TopicSchema
    from creator_pulse.stream.native.hash_key import HashKey


# Up to this size an accepted record is stored unchanged.
_STORED_BYTES = 4_096


class JsonDecoder:
    """Decodes the records of one topic strictly; nothing is coerced, and no record raises.

    Args:
        schema: declares the topic's event types and rules.
        key: of the installation; ids are hashed under it.
        read_fields: fields that a measure reads; no other becomes a column.
    """

    def __init__(self, schema: TopicSchema, key: HashKey, read_fields: Collection[str] = ()) -> None:
        self._schema = schema
        self.layout = Layout(schema, read_fields, key)

    def decode(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Decoded:
        """Decode a batch.

        Args:
            data: the bytes that hold all n records.
            at: shape (n,), where in ``data`` each begins.
            length: shape (n,), its bytes; -1 for a null value.

        Raises:
            ValueError: a record is not within the data.
        """
        return Decoded(self.layout, self.layout.parser.parse(data, at, length), data, (at, length))

    def stored(self, value: bytes) -> bytes:
        """An accepted record in the form in which it is stored: unchanged if it is small.

        Fields of a large record that the contract does not list are dropped, because they could be megabytes.
        """
        return value if len(value) <= _STORED_BYTES else self._trimmed(value)

    def again(self, stored: Sequence[bytes]) -> Decoded:
        """Decode records that were accepted before.

        Raises:
            ValueError: a record is no longer valid.
        """
        length = np.array([len(value) for value in stored], dtype=np.int64)
        decoded = JsonDecoder.decode(self, b"".join(stored), np.cumsum(length) - length, length)
        if decoded.reasons:
            raise ValueError(f"a stored record of {self._schema.name} is not valid: {decoded.reasons}")
        return decoded

    def _trimmed(self, value: bytes) -> bytes:
        """An accepted record without fields that its event type does not have, or that nothing reads."""
        layout, raw = self.layout, msgspec.json.decode(value, type=dict[str, msgspec.Raw])
        event = self._schema.types()[msgspec.json.decode(raw["event_type"], type=str)]
        read = {*layout.ints, *layout.texts, *layout.spans}
        fields = msgspec.structs.fields(event)
        names = {"event_type", *(field.name for field in fields if field.required or field.name in read)}
        return msgspec.json.encode({name: text for name, text in raw.items() if name in names})
