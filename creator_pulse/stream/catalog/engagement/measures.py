"""Measures of the engagement topic: likes, comments, shares, follows, and completions of videos."""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE

_engagement = partial(Measure, topic="engagement", labels=("app", "region", "surface"))

_ACTS = {
    "like": "likes",
    "comment": "comments on videos",
    "share": "shares",
    "follow": "times that a viewer began to follow a creator",
}


def of_viewer(event: str) -> str:
    """The id of the measure of an event type by viewer, for example ``viewer_likes``."""
    return f"viewer_{event}s"


def of_engaged_creator(event: str) -> str:
    """The id of the measure of an event type by creator, for example ``creator_likes``."""
    return f"creator_{event}s"


BY_VIEWER = tuple(of_viewer(event) for event in _ACTS)
"""Whatever a viewer does beside watching, giving and buying."""
BY_CREATOR = tuple(of_engaged_creator(event) for event in _ACTS)
"""The same by the creator whom it concerns."""

MEASURES = (
    *(
        _engagement(
            f"{event}s",
            event=event,
            value=ONE,
            where=EVERY,
            fixed={"action": event},
            counter="engagements_total",
            help=text,
        )
        for event, text in _ACTS.items()
    ),
    _engagement(
        "video_views",
        event="completion",
        value=pl.col("views"),
        counter="video_views_total",
        help="videos that viewers began to watch",
    ),
    _engagement(
        "video_completions",
        event="completion",
        value=pl.col("completed"),
        counter="video_completions_total",
        help="videos that viewers watched to the end",
    ),
    *(
        _engagement(
            name, event=event, value=ONE, where=EVERY, labels=("app", who), help=f"{text} of a {whose}"
        )
        for event, text in _ACTS.items()
        for name, who, whose in (
            (of_viewer(event), "viewer_id", "viewer"),
            (of_engaged_creator(event), "creator_id", "creator"),
        )
    ),
)
