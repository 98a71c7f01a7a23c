"""Which windows close next, and which ones a change of panes concerns."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from creator_pulse.stream.catalog.declaration.declare import Window
    from creator_pulse.stream.panes.store import Key

Changed = dict[int, dict["Key", str]]
"""Window end -> key -> reason."""


def next_end(window: Window, end: int | None, closable: int, starts: list[int]) -> int | None:
    """The next window end that has a pane, skipping stretches without records.

    Args:
        window: size and step, and so where windows end.
        end: the last one that has closed; None: none has.
        closable: the last one that may close.
        starts: of all panes, rising.
    """
    after = None if end is None else window.next_end(end)
    # The first pane that the next window could hold; before it nothing can close with records.
    place = 0 if after is None else bisect_left(starts, window.start(after))
    if place == len(starts):
        return None
    # The earliest window that holds this pane: a stretch without panes is skipped in one step.
    following = window.ends(starts[place])[0]
    if after is not None:
        following = max(after, following)
    return following if following <= closable else None


def affected(
    window: Window,
    changed: Mapping[tuple[int, Key], str],
    measures: Collection[str],
    whole: int,
    frontier: int,
) -> Changed:
    """The closed windows that changed, each with why.

    Args:
        window: size and step, and so where windows end.
        changed: pane start and key -> reason.
        measures: that the window reads.
        whole: start of the oldest pane that is still kept.
        frontier: end of the newest closed window.
    """
    changes: Changed = {}
    for (start, key), reason in changed.items():
        # Panes of another zone lie between this window's own.
        if key[0] in measures and (start - frontier) % window.step_ms == 0:
            for end in window.ends(start):
                if whole <= window.start(end) and end <= frontier:
                    reasons = changes.setdefault(end, {})
                    # A window holds several panes: one that was late must not hide an idle one.
                    if reasons.get(key) != "idle":
                        reasons[key] = reason
    return changes
