"""The payload formats keep the contract of the seam."""

from __future__ import annotations

import json

import msgspec

from creator_pulse.stream.events.json_decoder import JsonDecoder
from tests.contract.decoder_contract import DecoderContract
from tests.support.msgpack_decoder import MsgpackDecoder


class TestJson(DecoderContract):
    """The product's own format."""

    decoder_class = JsonDecoder
    garbage = b'{"event_id"'

    def encode(self, record: object) -> bytes:
        """By the standard library."""
        return json.dumps(record).encode()


class TestMsgpack(DecoderContract):
    """Another one, by its JSON."""

    decoder_class = MsgpackDecoder
    garbage = b"\xc1"

    def encode(self, record: object) -> bytes:
        """By msgspec."""
        return msgspec.msgpack.encode(record)
