"""Whether viewers take part, and do not only watch: EN1 to EN4."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Number, Per, Reach
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total
from creator_pulse.stream.catalog.engagement import alerts
from creator_pulse.stream.catalog.engagement.measures import BY_VIEWER
from creator_pulse.stream.catalog.viewers.metrics import VIEWERS

_PLACE = ("app", "region", "surface")
_WINDOWS = "1h 24h"
# As the trade counts it: to follow is of the creator, not of what is watched.
_ENGAGED = {"likes": 1, "comments": 1, "shares": 1}
_COUNTS = {
    "like": "likes",
    "comment": "comments on videos",
    "share": "shares of videos and rooms",
    "follow": "times that a viewer began to follow a creator",
}
_ANY = Sum(dict.fromkeys(BY_VIEWER, 1))
_ENGAGED_VIEWERS = Each(("viewer_id",), _ANY)
_ENGAGED_WATCHING = Each(("viewer_id",), _ANY, least={"viewer_watch_ms": 1})

EN1 = Metric(
    id="EN1",
    title="Engagement",
    question="Do viewers take part in what they watch?",
    tier="core",
    tool="all",
    stakeholders=("viewers", "creators", "platform"),
    unit="likes, comments and shares per viewing hour",
    formula="(likes + comments + shares) / viewing hours, by surface",
    source="decided: the step between producing and earning; the sum is the trade's, as in engagement rates",
    values=(
        total("engagement_count", _ENGAGED, _WINDOWS, "likes, comments and shares", labels=_PLACE),
        share(
            "engagements_per_viewing_hour",
            (_ENGAGED, "watch_ms"),
            _WINDOWS,
            "likes, comments and shares per viewing hour",
            unit="short",
            factor=3600,
            labels=_PLACE,
        ),
    ),
    guardrails=alerts.ENGAGEMENT,
    note=(
        "A burst of taps in a live room is one like. The chat of live rooms is in room_stat and not here, "
        "so the two surfaces are compared with their own past only."
    ),
)

EN2 = Metric(
    id="EN2",
    title="Video engagement rate",
    question="How many views bring a like, a comment, a share, a follower?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "viewers"),
    shows=tuple(f"{act}s_per_1000_views" for act in ("like", "comment", "share", "follow")),
    unit="per 1,000 views",
    formula="likes, comments, shares, follows, and the first three together, by 1,000 views of videos",
    source="decided; by views, as Socialinsider publishes it: 54 per 1,000 views in 2023",
    values=(
        *(total(f"{act}_count", f"{act}s", _WINDOWS, text, labels=_PLACE) for act, text in _COUNTS.items()),
        *(
            share(
                f"{act}s_per_1000_views",
                (f"{act}s", "video_views"),
                _WINDOWS,
                f"{text} per 1,000 views",
                unit="short",
                factor=1000,
                labels=_PLACE,
            )
            for act, text in _COUNTS.items()
        ),
        share(
            "engagements_per_1000_views",
            (_ENGAGED, "video_views"),
            _WINDOWS,
            "likes, comments and shares per 1,000 views",
            unit="short",
            factor=1000,
            labels=_PLACE,
        ),
    ),
    note=(
        "A live room has viewers and no views, so there is no value for it. Acts are counted, not what is "
        "left of them: a like or a follow that is taken back was one, and no record tells of it."
    ),
)

EN3 = Metric(
    id="EN3",
    title="Video completion",
    question="Do viewers watch videos to the end?",
    tier="guardrail",
    tool="all",
    stakeholders=("viewers", "creators"),
    unit="ratio",
    formula="videos watched to the end / videos begun",
    source="decided; the trade's watched full video",
    values=(
        total("video_view_count", "video_views", _WINDOWS, "videos begun", labels=_PLACE),
        total(
            "video_completed_count", "video_completions", _WINDOWS, "videos watched to the end", labels=_PLACE
        ),
        share(
            "video_completion_ratio",
            ("video_completions", "video_views"),
            _WINDOWS,
            "videos watched to the end / videos begun",
            labels=_PLACE,
        ),
    ),
    guardrails=alerts.COMPLETION,
)

EN4 = Metric(
    id="EN4",
    title="Engaged viewers",
    question="Which part of the viewers takes part, and how many find somebody to follow?",
    tier="supporting",
    tool="all",
    stakeholders=("viewers", "platform"),
    more=(("viewers_engaged_ratio",),),
    unit="viewers",
    formula=(
        "viewers who liked, commented, shared or followed; the same of those with viewing time / viewers "
        "with viewing time; follows by 1,000 of them"
    ),
    source="decided; exact, not a sketch",
    values=(
        over("viewers_engaged", Number(_ENGAGED_VIEWERS), _WINDOWS, "viewers who did anything of it"),
        over(
            "viewers_engaged_ratio",
            Reach(_ENGAGED_WATCHING, among=VIEWERS),
            "1h",
            "viewers who did anything of it and watched / viewers who watched",
            unit="percentunit",
            title="Share of viewers",
        ),
        over(
            "follows_per_1000_viewers",
            Per(VIEWERS, of=Sum({"viewer_follows": 1}), factor=1_000),
            "1h",
            "follows per 1,000 viewers with viewing time",
        ),
    ),
)

METRICS = (
    EN1,
    EN2,
    EN3,
    EN4,
)
