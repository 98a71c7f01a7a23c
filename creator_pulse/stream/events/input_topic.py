"""An input topic: its schema, and the format in which its records are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.events.json_decoder import JsonDecoder
from creator_pulse.stream.events.schema import TopicSchema

if TYPE_CHECKING:
    from creator_pulse.stream.events.decoder import DecoderClass


@dataclass(frozen=True, slots=True)
class InputTopic(TopicSchema):
    """A topic that source lanes read.

    For example, ``InputTopic("watch", (Heartbeat,))`` is read as JSON, and
    ``replace(WATCH, decoder=MsgpackDecoder)`` is the same topic in another format.

    Attributes:
        decoder: class that decodes the payload format.
    """

    decoder: DecoderClass = JsonDecoder
