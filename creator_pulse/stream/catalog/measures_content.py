"""What is summed over the content topic: what is published, what is removed, who may use which tool."""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declare import Measure
from creator_pulse.stream.catalog.expressions import EVERY, ONE

_content = partial(Measure, topic="content")
_PUBLISHED = {
    "videos_posted": ("video_posted", "videos published"),
    "lives_started": ("live_started", "rooms opened"),
    "lives_ended": ("live_ended", "rooms closed"),
    "room_stats": ("room_stat", "readings of rooms"),
    "contents_removed": ("content_removed", "videos and rooms taken down"),
}
_TOOLS = {
    "eligible": "creators who may use a tool from now on",
    "enrolled": "creators who use a tool from now on",
    "suspended": "creators who may not use a tool for now",
    "reinstated": "creators who may use a tool again",
    "left": "creators who do not want a tool any more",
}

MEASURES = (
    *(
        _content(name, event=event, value=ONE, where=EVERY, help=text)
        for name, (event, text) in _PUBLISHED.items()
    ),
    _content(
        "room_viewers",
        event="room_stat",
        value=pl.col("concurrent"),
        help="viewers of rooms, added up over the readings",
    ),
    _content(
        "room_messages",
        event="room_stat",
        value=pl.col("chat_messages"),
        help="chat messages in rooms",
    ),
    _content(
        "removed_ad_impressions",
        event="content_removed",
        value=pl.col("ad_impressions"),
        help="ads that had been shown beside what was taken down",
    ),
    *(
        _content(
            f"tools_{change}",
            event=f"tool_{change}",
            value=ONE,
            where=EVERY,
            labels=("app", "region", "tool"),
            fixed={"change": change},
            counter="tool_changes_total",
            help=text,
        )
        for change, text in _TOOLS.items()
    ),
)
