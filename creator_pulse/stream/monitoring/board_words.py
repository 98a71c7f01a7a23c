"""The words of the boards: what an empty panel says, and what tools and parties are called."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_TRAFFIC = "no traffic"
NO_VERDICT = "not enough for a verdict"
NO_HISTORY = "no history yet"
NO_ALERT = "no alert in this range"
NOTHING_FIRES = "nothing fires"
NO_OVERRIDE = "no override holds"
AS_USUAL = "all is as usual, or no history yet"
NO_CHANGE = "nothing changed"
UNKNOWN = "unknown: no rules are evaluated"
EMPTY = (
    NO_TRAFFIC,
    NO_VERDICT,
    NO_HISTORY,
    NO_ALERT,
    NOTHING_FIRES,
    NO_OVERRIDE,
    AS_USUAL,
    NO_CHANGE,
    UNKNOWN,
)
"""How the text of an empty panel begins: each is a state of its own, and none is a zero."""

TOOLS: Mapping[str, str] = MappingProxyType(
    {
        "gift": "Gifts",
        "ad": "Ads",
        "reward": "Creator fund",
        "deal": "Brand deals",
        "commerce": "Commerce",
    }
)
"""Value of the label ``tool`` -> what people call it."""
PARTIES: Mapping[str, str] = MappingProxyType(
    {
        "creators": "Creators",
        "viewers": "Viewers",
        "advertisers": "Advertisers",
        "platform": "Platform",
    }
)
"""The four parties that must all stay well; who is on call has the pipeline board."""


def nothing_in(windows: tuple[str, ...]) -> str:
    """The text of a panel over windows while it is empty.

    Args:
        windows: their labels, the shortest first; a window begins to show after it first closed.
    """
    if not windows:
        return NO_TRAFFIC
    return f"{NO_TRAFFIC}, or {_WHOLE.get(windows[0], f'no {windows[0]} window closed yet')}"


_WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "day": "no whole day is over yet",
        "yesterday": "no whole day is over yet",
        "mtd": "nothing of this month yet",
    }
)
"""Window of the calendar -> text shown until the first one is over."""
