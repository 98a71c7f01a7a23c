"""MessagePack as a second payload format, so that the seam to formats is held by more than one."""

from __future__ import annotations

import msgspec

from creator_pulse.stream.events.transcoder import Transcoder


class MsgpackDecoder(Transcoder):
    """One MessagePack map a record."""

    def to_json(self, value: bytes) -> bytes:
        """The record's JSON; bytes and extensions have none.

        Raises:
            ValueError: it is not MessagePack, or holds what JSON does not.
        """
        said = msgspec.msgpack.decode(value)
        if isinstance(said, dict) and any(
            isinstance(value, bytes | msgspec.msgpack.Ext) for value in said.values()
        ):
            raise ValueError("bytes are no value of a field")
        return msgspec.json.encode(said)
