"""The amounts that a record of the content topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

_PUBLISHED = {"video_posted": "videos_posted", "live_started": "lives_started", "live_ended": "lives_ended"}
_CHANGES = ("eligible", "enrolled", "suspended", "reinstated", "left")


def _published(books: Books, event: Event) -> Lines:
    return Lines((Line(_PUBLISHED[str(event["event_type"])], books.place(event), 1),))


def _room_stat(books: Books, event: Event) -> Lines:
    place = books.place(event)
    return Lines(
        (
            Line("room_stats", place, 1),
            Line("room_viewers", place, integer(event, "concurrent")),
            Line("room_messages", place, integer(event, "chat_messages")),
        )
    )


def _removed(books: Books, event: Event) -> Lines:
    place = books.place(event)
    impressions = Line("removed_ad_impressions", place, integer(event, "ad_impressions"))
    return Lines((Line("contents_removed", place, 1), impressions))


def _tool(books: Books, event: Event) -> Lines:
    change = str(event["event_type"]).removeprefix("tool_")
    return Lines((Line(f"tools_{change}", (*books.place(event), str(event["tool"])), 1),))


MAKERS: Mapping[str, Make] = {
    **dict.fromkeys(_PUBLISHED, _published),
    "room_stat": _room_stat,
    "content_removed": _removed,
    **{f"tool_{change}": _tool for change in _CHANGES},
}
