"""A format with little traffic may be written as JSON first: then it costs one method."""

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
    """Decodes records by their JSON, so that all rules of the contract are judged by the one parser.

    It costs a Python call for each record; a format with much traffic wants a parser of its own.

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
        lengths = np.array([-1 if one is None else len(one) for one in records], dtype=np.int64)
        sizes = np.maximum(lengths, 0)
        return super().decode(b"".join(one for one in records if one), np.cumsum(sizes) - sizes, lengths)

    def stored(self, value: bytes) -> bytes:
        """An accepted record as JSON."""
        return super().stored(self.to_json(value))

    def _text_of(self, value: bytes) -> bytes:
        """The JSON of a record; what is too large, or no record of the format, as it is no JSON object."""
        if len(value) > LARGEST_RECORD:
            return value
        try:
            return self.to_json(value)
        except ValueError:
            return _NO_JSON
