"""Decoding of other payload formats through JSON: a format with little traffic costs one method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.events.fields import LARGEST_RECORD
from creator_pulse.stream.events.json_decoder import JsonDecoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from creator_pulse.stream.events.decoded import Decoded


_NO_JSON = b"\xff"


class Transcoder(JsonDecoder, ABC):
    """Decodes records through JSON, so that one parser checks all rules of the contract.

    It costs a Python call per record: if a format has much traffic, write a parser for it.

    Example:
        >>> class MsgpackDecoder(Transcoder):
        ...     def to_json(self, value: bytes) -> bytes:
        ...         return msgspec.json.encode(msgspec.msgpack.decode(value))
    """

    @abstractmethod
    def to_json(self, value: bytes) -> bytes:
        """A record's JSON.

        Raises:
            ValueError: the bytes are not of the format; the record is then invalid, reason ``not_json``.
        """

    def decode(self, data: bytes, at: NDArray[np.int64], length: NDArray[np.int64]) -> Decoded:
        """Decode a batch.

        Raises:
            ValueError: a record is not within the data.
        """
        if ((length >= 0) & ((at < 0) | (at > len(data)) | (length > len(data) - at))).any():
            raise ValueError("a record is not within the data")
        records = [
            None if size < 0 else self._text_of(data[start : start + size])
            for start, size in zip(at.tolist(), length.tolist(), strict=True)
        ]
        # A record begins where the ones before it end; a null (length -1) takes no bytes.
        lengths = np.array([-1 if record is None else len(record) for record in records], dtype=np.int64)
        sizes = np.maximum(lengths, 0)
        text = b"".join(record for record in records if record)
        return super().decode(text, np.cumsum(sizes) - sizes, lengths)

    def stored(self, value: bytes) -> bytes:
        """An accepted record as JSON."""
        return super().stored(self.to_json(value))

    def _text_of(self, value: bytes) -> bytes:
        """The JSON of a record; bytes that are no JSON object if it is too large or not of the format."""
        if len(value) > LARGEST_RECORD:
            return value
        try:
            return self.to_json(value)
        except ValueError:
            return _NO_JSON
