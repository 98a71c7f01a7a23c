"""The watch topic."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Duration, Event, Surface, Text
from creator_pulse.stream.events.input_topic import InputTopic


class Heartbeat(Event, tag="heartbeat", kw_only=True):
    """Viewing time since the session's previous heartbeat of that creator and surface."""

    session_id: Text
    organic_ms: Duration
    ad_ms: Duration
    surface: Surface
    ms_since_last_ad: Duration | None = None
    session_end: bool | None = None


WATCH = InputTopic(name="watch", events=(Heartbeat,))
