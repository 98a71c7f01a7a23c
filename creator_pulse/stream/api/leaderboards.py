"""Leaderboards: the ranks of a value, assembled from the live view of each."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates import RANK
from creator_pulse.stream.api.answers import Leaderboard, Rank
from creator_pulse.stream.api.current import matches, own, trust_of
from creator_pulse.stream.api.problem import absent
from creator_pulse.stream.catalog.declaration.declare import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.api.live_views import View
    from creator_pulse.stream.monitoring.families import Family


def leaderboards(
    family: Family, views: list[View], wanted: Mapping[str, str], now_ms: int
) -> list[Leaderboard]:
    """The leaderboards of a family that match, the shortest window first.

    Args:
        family: the values of one name, over all windows and labels.
        views: its live views in Redis: one per rank, and one for all other identities.
        wanted: labels, window and state that must match.
        now_ms: the time at which ages are computed, epoch ms.

    Raises:
        AskedWrongError: 404: the family has no ranks.
    """
    by = family.values[0].formula.ranks_by
    if not by:
        raise absent(
            "path.name",
            f"{family.name} is no leaderboard",
            f"ask for its value: GET /v1/metrics/{family.name}",
        )
    boards: dict[tuple[str, str, tuple[str, ...]], list[View]] = {}
    for view in views:
        if matches(view, wanted) and RANK in view.labels:
            labels = tuple(text for name, text in own(family, view).items() if name != RANK)
            # One leaderboard per window, state and label set: its views differ in the rank only.
            place = view.labels["window"], view.labels.get("state", ""), labels
            boards.setdefault(place, []).append(view)
    order = list(WINDOWS)
    return [
        _board(family, by, boards[place], now_ms)
        for place in sorted(boards, key=lambda place: (order.index(place[0]), place[1:]))
    ]


def _board(family: Family, by: tuple[str, ...], views: list[View], now_ms: int) -> Leaderboard:
    end = max(view.published.end for view in views)
    # A rank that nobody has any more keeps the view of a window before.
    fresh = [view for view in views if view.published.end == end]
    # Ranks and `other` together: `who` is empty for `other`.
    total = fsum(view.published.value or 0.0 for view in fresh)
    ranked = sorted((view for view in fresh if view.published.who), key=lambda view: int(view.labels[RANK]))
    ranks = [
        Rank(
            rank=int(view.labels[RANK]),
            who=dict(zip(by, view.published.who, strict=True)),
            value=view.published.value or 0.0,
            share=(view.published.value or 0.0) / total if total else 0.0,
        )
        for view in ranked
    ]
    return Leaderboard(
        metric=family.metric.id,
        name=family.name,
        unit=family.values[0].unit,
        window=fresh[0].labels["window"],
        labels={name: text for name, text in own(family, fresh[0]).items() if name != RANK},
        ranks=ranks,
        other=fsum(view.published.value or 0.0 for view in fresh if not view.published.who),
        total=total,
        trust=trust_of(fresh[0], now_ms),
    )
