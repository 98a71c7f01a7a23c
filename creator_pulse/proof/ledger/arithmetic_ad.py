"""The amounts that a record of the ad topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import BPS, Books, Lines, human, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

_FOLLOWING = {"click": "ad_clicks", "hide": "ad_hides", "report": "ad_reports"}
# Where a single impression is capped: a price of 100 USD per thousand.
_CAP_MICRO_USD = 100_000
_MILESTONES = ("2s", "6s", "q25", "q50", "q75", "q100")


def _impression(books: Books, event: Event) -> Lines:
    place = books.place(event)
    surface = str(event.get("surface") or "unknown")
    counts = 1 if event["billable"] is True and human(event) else 0
    revenue = books.usd(event, "price_micros_cpm") * counts
    bps = event.get("revenue_share_bps")
    share = revenue * integer(event, "revenue_share_bps")
    return Lines(
        (
            Line("ad_impressions", place, counts),
            Line("ad_shown", (*place, surface), counts),
            Line("ad_revenue_usd", place, revenue),
            Line("ad_capped_usd", place, min(revenue // 10**9, _CAP_MICRO_USD)),
            Line("creator_ad_usd", place, share),
            Line("ad_platform_usd", place, revenue * BPS - share),
            Line("ad_eligible_usd", place, 0 if bps is None else revenue),
            Line("ad_shared_impressions", place, counts if integer(event, "revenue_share_bps") > 0 else 0),
            Line("ad_targeted", place, 0 if event.get("in_target") is None else counts),
            Line("ad_on_target", place, counts if event.get("in_target") is True else 0),
            *_shown(event, place),
        ),
        (Line("ad_late_usd", place, revenue),),
        ("ad", "ad", min(revenue // 10**9, _CAP_MICRO_USD)),
    )


def _shown(event: Event, place: tuple[str, str]) -> tuple[Line, ...]:
    """What counts whether or not it is paid for."""
    counts = 1 if human(event) else 0
    since = event.get("organic_videos_since_last_ad")
    soon = isinstance(since, int) and since < 2
    return (
        Line("ad_shown_all", place, 1),
        Line("ad_shown_human", place, counts),
        Line("ad_shown_invalid", place, 1 - counts),
        Line("ad_measurable", place, 1 if event.get("measurable") is True else 0),
        Line("ad_spaced", place, 0 if since is None else counts),
        Line("ad_back_to_back", place, counts if soon else 0),
    )


def _invalidated(books: Books, event: Event) -> Lines:
    place, price = books.place(event), books.usd(event, "price_micros_cpm")
    share = price * integer(event, "revenue_share_bps")
    rest = price * BPS - share
    return Lines((Line("ad_reversed_usd", place, share), Line("ad_platform_reversed_usd", place, rest)))


def _following(books: Books, event: Event) -> Lines:
    name = _FOLLOWING[str(event["event_type"])]
    return Lines((Line(name, books.place(event), 1 if human(event) else 0),))


def _skip(books: Books, event: Event) -> Lines:
    fast = human(event) and integer(event, "play_ms") < 2_000
    return Lines((Line("ad_fast_skips", books.place(event), 1 if fast else 0),))


def _progress(books: Books, event: Event) -> Lines:
    place = books.place(event)
    reached = event["milestone"] if human(event) else None
    return Lines(
        tuple(Line(f"ad_reached_{name}", place, 1 if reached == name else 0) for name in _MILESTONES)
    )


def _conversion(books: Books, event: Event) -> Lines:
    place = books.place(event)
    counts = 1 if human(event) else 0
    return Lines(
        (
            Line("ad_conversions", place, counts),
            Line("ad_conversion_usd", place, books.usd(event, "value_micros") * counts),
        )
    )


MAKERS: Mapping[str, Make] = {
    "opportunity": lambda books, event: Lines(
        (Line("ad_slots", books.place(event), integer(event, "slots")),)
    ),
    "impression": _impression,
    "impression_invalidated": _invalidated,
    "viewable": lambda books, event: Lines((Line("ad_viewable", books.place(event), 1),)),
    "skip": _skip,
    "progress": _progress,
    "conversion": _conversion,
    **dict.fromkeys(_FOLLOWING, _following),
}
