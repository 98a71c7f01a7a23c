"""The seam to a payload format: a batch of a topic's records becomes columns.

An input topic names its decoder (``InputTopic.decoder``). In every format validity, reasons and columns
are the contract's; ``tests/contract/decoder_contract.py`` holds each decoder to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.events.schema import TopicSchema
    from creator_pulse.stream.native.hash_key import HashKey


class Decoder(Protocol):
    """Decodes the records of one topic strictly; nothing is coerced, and no record raises.

    Attributes:
        layout: the columns, and the dictionaries of their texts, which last from batch to batch.
    """

    layout: Layout

    def decode(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Decoded:
        """Decode a batch.

        Args:
            data: the bytes that hold all n records.
            at: shape (n,), where each begins in the data.
            length: shape (n,), its bytes; -1 for a null value.

        Raises:
            ValueError: a record is not within the data.
        """
        ...

    def stored(self, value: bytes) -> bytes:
        """An accepted record in the form in which a lane stores it for ``again``, of limited size."""
        ...

    def again(self, stored: Sequence[bytes]) -> Decoded:
        """Decode records that ``stored`` returned.

        Raises:
            ValueError: a record is no longer valid.
        """
        ...


class DecoderClass(Protocol):
    """Makes the decoder of a topic."""

    def __call__(self, schema: TopicSchema, key: HashKey, read_fields: Collection[str] = ()) -> Decoder:
        """A decoder.

        Args:
            schema: declares the topic's event types and rules.
            key: of the installation; ids are hashed under it.
            read_fields: fields that a measure reads.
        """
        ...
