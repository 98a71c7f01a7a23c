"""Bytes to columns, by the one judge of what is valid: ``native/rows.pyx``."""

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


class Decoder:
    """Decodes the records of one topic strictly; nothing is coerced, and no record raises.

    Args:
        schema: the topic.
        key: of the installation: hashes ids.
        kept: fields that something reads.
    """

    def __init__(self, schema: TopicSchema, key: HashKey, kept: Collection[str] = ()) -> None:
        self._schema = schema
        self.layout = Layout(schema, kept, key)

    def decode(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Decoded:
        """Decode a batch.

        Args:
            data: holds the records.
            at: shape (n,), where each begins.
            length: shape (n,), its bytes; -1 for a null value.

        Raises:
            ValueError: a record is not within the data.
        """
        return Decoded(self.layout, self.layout.parser.parse(data, at, length), data, (at, length))

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
        """An accepted record without what its event type does not have, and what nothing here reads."""
        layout, said = self.layout, msgspec.json.decode(value, type=dict[str, msgspec.Raw])
        event = self._schema.types()[msgspec.json.decode(said["event_type"], type=str)]
        read = {*layout.ints, *layout.texts, *layout.spans}
        fields = msgspec.structs.fields(event)
        kept = {"event_type", *(one.name for one in fields if one.required or one.name in read)}
        return msgspec.json.encode({name: one for name, one in said.items() if name in kept})
