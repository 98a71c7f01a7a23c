"""The amounts that a record of the engagement topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

_ACTS = {"like": "likes", "comment": "comments", "share": "shares", "follow": "follows"}


def _act(books: Books, event: Event) -> Lines:
    labels = (*books.place(event), str(event["surface"]))
    return Lines((Line(_ACTS[str(event["event_type"])], labels, 1),))


def _completion(books: Books, event: Event) -> Lines:
    labels = (*books.place(event), str(event["surface"]))
    return Lines(
        (
            Line("video_views", labels, integer(event, "views")),
            Line("video_completions", labels, integer(event, "completed")),
        )
    )


MAKERS: Mapping[str, Make] = {**dict.fromkeys(_ACTS, _act), "completion": _completion}
