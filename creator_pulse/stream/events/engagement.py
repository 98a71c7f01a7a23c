"""The engagement topic: acts of viewers beside watching, giving and buying."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, Natural, Surface
from creator_pulse.stream.events.input_topic import InputTopic


class Engagement(Event, kw_only=True):
    """Fields common to all engagement events."""

    surface: Surface


class Like(Engagement, tag="like", kw_only=True):
    """A viewer likes a video, or taps in a live room: a burst of taps is one like."""


class Comment(Engagement, tag="comment", kw_only=True):
    """A viewer comments on a video; the chat of a live room is in ``room_stat``."""


class Share(Engagement, tag="share", kw_only=True):
    """A viewer sends a video or a live room to somebody."""


class Follow(Engagement, tag="follow", kw_only=True):
    """A viewer begins to follow the creator."""


class Completion(Engagement, tag="completion", kw_only=True):
    """How many videos of a creator a viewer began, and watched to the end, since the last such record."""

    views: Natural
    completed: Natural


ENGAGEMENT = InputTopic(name="engagement", events=(Like, Comment, Share, Follow, Completion))
