"""Measures of the content topic, of firsts in the life of a creator, and of earnings of small creators.

Content is videos published or removed, and who may use which tool.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.ad import measures as ad
from creator_pulse.stream.catalog.commerce import measures as commerce
from creator_pulse.stream.catalog.creators.measures import EARNED
from creator_pulse.stream.catalog.deal import measures as deal
from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.derived import of_creator, of_small
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE
from creator_pulse.stream.catalog.declaration.firsts import FIRST, First
from creator_pulse.stream.catalog.declaration.labels import TOOLS
from creator_pulse.stream.catalog.fund import measures as fund
from creator_pulse.stream.catalog.gift import measures as gift

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

_CREATOR = ("app", "creator_id")
_enrolled = partial(Measure, topic="content", event="tool_enrolled", value=ONE, labels=_CREATOR)
_first = partial(Measure, topic=FIRST, event=FIRST, value=ONE, labels=_CREATOR)
GAINED = tuple(of_creator(name) for name, sign in EARNED.items() if sign > 0)
"""Earnings by creator before anything is taken back: a first earning stays one."""


_PUBLISHING = {
    "creator_videos_posted": ("video_posted", "videos published"),
    "creator_lives_started": ("live_started", "rooms opened"),
}


def paid_to_creator(tool: str) -> str:
    """The id of the measure of the payouts of a creator for a tool."""
    return f"creator_payouts_{tool}"


def eligible_for(tool: str) -> str:
    """The id of the measure of the creators who became eligible for a tool."""
    return f"creator_eligible_{tool}"


def enrolled_for(tool: str) -> str:
    """The id of the measure of the creators who enrolled for a tool."""
    return f"creator_enrolled_{tool}"


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
    *(
        _content(
            f"creator_{change}_{tool}",
            event=f"tool_{change}",
            value=ONE,
            where=pl.col("tool").eq(tool),
            labels=_CREATOR,
            help=f"times that a creator became {change} for {tool}",
        )
        for change in ("eligible", "enrolled")
        for tool in TOOLS
    ),
    _enrolled("creator_enrolments", where=EVERY, help="enrolments of a creator, for any tool"),
    _enrolled(
        "creator_imports",
        where=pl.col("first_earned_time") < pl.col("event_time"),
        help="enrolments of a creator who had earned before",
    ),
    *(
        _content(name, event=event, value=ONE, where=EVERY, labels=_CREATOR, help=f"{text} by a creator")
        for name, (event, text) in _PUBLISHING.items()
    ),
    *(
        Measure(
            paid_to_creator(tool),
            topic="payout",
            event="payout_paid",
            value=ONE,
            where=pl.col("tool").eq(tool),
            labels=_CREATOR,
            help=f"payouts for {tool} that reached a creator",
        )
        for tool in TOOLS
    ),
    _first(
        "creator_first_enrolled",
        first=First(("creator_enrolments",)),
        help="1 in the hour of a creator's first enrolment",
    ),
    _first(
        "creator_first_earned",
        first=First(GAINED, unless=("creator_imports",)),
        help="1 in the hour of a creator's first earning",
    ),
    Measure(
        "viewer_first_paid",
        topic=FIRST,
        event=FIRST,
        value=ONE,
        labels=("app", "viewer_id"),
        first=First(("gifter_usd", "buyer_usd")),
        help="1 in the hour of a viewer's first gift or order",
    ),
    *(
        of_small(measure)
        for module in (gift, ad, commerce, fund, deal)
        for measure in module.MEASURES
        if measure.id in EARNED
    ),
)
