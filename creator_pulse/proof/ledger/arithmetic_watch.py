"""The amounts that a heartbeat adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

_SOON_MS = 10_000


def _heartbeat(books: Books, event: Event) -> Lines:
    place = books.place(event)
    organic, ads = integer(event, "organic_ms"), integer(event, "ad_ms")
    since = event.get("ms_since_last_ad")
    ended = event.get("session_end") is True and isinstance(since, int) and since <= _SOON_MS
    return Lines(
        (
            Line("watch_ms", (*place, str(event["surface"])), organic + ads),
            Line("viewing_ms", place, organic + ads),
            Line("watch_ad_ms", place, ads),
            Line("ended_after_ad", place, 1 if ended else 0),
        )
    )


MAKERS: Mapping[str, Make] = {"heartbeat": _heartbeat}
