"""The content topic: published videos and live rooms, and the tools that creators may use."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, LongString, Natural, Text, Time, Tool
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import AnyOfRule


class VideoPosted(Event, tag="video_posted", kw_only=True):
    """A video is public."""

    video_id: Text


class LiveEvent(Event, kw_only=True):
    """An event of one live room."""

    room_id: Text


class LiveStarted(LiveEvent, tag="live_started", kw_only=True):
    """A room is open."""


class LiveEnded(LiveEvent, tag="live_ended", kw_only=True):
    """A room is closed."""


class RoomStat(LiveEvent, tag="room_stat", kw_only=True):
    """Viewers at this moment, and chat messages since the room's last record."""

    concurrent: Natural
    chat_messages: Natural


class ContentRemoved(Event, tag="content_removed", kw_only=True):
    """A video or room was taken down; with the number of ads shown beside it until then."""

    ad_impressions: Natural
    reason: LongString | None = None


class ToolEvent(Event, kw_only=True):
    """An event about a creator and one of the tools."""

    tool: Tool


class ToolEligible(ToolEvent, tag="tool_eligible", kw_only=True):
    """The creator may use the tool from now on."""


class ToolEnrolled(ToolEvent, tag="tool_enrolled", kw_only=True):
    """The creator uses the tool from now on."""

    first_earned_time: Time | None = None


class ToolSuspended(ToolEvent, tag="tool_suspended", kw_only=True):
    """The creator may not use the tool for now."""


class ToolReinstated(ToolEvent, tag="tool_reinstated", kw_only=True):
    """The creator may use the tool again."""


class ToolLeft(ToolEvent, tag="tool_left", kw_only=True):
    """The creator stops using the tool."""


CONTENT = InputTopic(
    name="content",
    events=(
        VideoPosted,
        LiveStarted,
        LiveEnded,
        RoomStat,
        ContentRemoved,
        ToolEligible,
        ToolEnrolled,
        ToolSuspended,
        ToolReinstated,
        ToolLeft,
    ),
    any_of=(AnyOfRule("content_removed", ("video_id", "room_id")),),
)
