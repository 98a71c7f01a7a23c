"""The ledger's own account of deals: which step may follow which, and how long each took."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN_MS = 400 * 86_400_000
_NEXT: Mapping[str, frozenset[str]] = {
    "invited": frozenset({"agreed", "declined", "expired", "cancelled"}),
    "agreed": frozenset({"submitted", "cancelled"}),
    "submitted": frozenset({"changes_requested", "approved", "cancelled"}),
    "changes_requested": frozenset({"submitted", "cancelled"}),
    "approved": frozenset({"posted", "cancelled"}),
    "posted": frozenset({"paid", "cancelled"}),
}
"""State -> the states that may follow; the others are ends."""


class _Deal(NamedTuple):
    state: str
    since: int
    watermark: int
    ids: frozenset[str]


class Deals:
    """The deals of one partition, in the order of its log.

    Args:
        lateness_ms: for how long an end stays known.
    """

    def __init__(self, lateness_ms: int) -> None:
        self._lateness_ms = lateness_ms
        self._deals: dict[str, _Deal] = {}

    def __len__(self) -> int:
        """How many deals are remembered, forgotten ones among them until they come again."""
        return len(self._deals)

    def step(self, event: Mapping[str, object], before: int | None, after: int) -> int | None:
        """Take a step, unless it is illegal.

        Args:
            event: a valid deal event that is no test.
            before: the watermark before it.
            after: the watermark after it.

        Returns:
            ms since the step before; -1 where there was none, or it is the same event again; None where
            it is illegal.
        """
        name, state, event_id = str(event["deal_id"]), str(event["event_type"])[5:], str(event["event_id"])
        time_ms = event["event_time"]
        assert isinstance(time_ms, int)
        deal = self._deals.get(name)
        if deal is not None and before is not None:
            kept = _OPEN_MS if deal.state in _NEXT else self._lateness_ms
            if before - deal.watermark > kept:
                deal = None
        if deal is None:
            self._deals[name] = _Deal(state, time_ms, after, frozenset({event_id}))
            return -1
        if event_id in deal.ids:
            return -1
        if state not in _NEXT.get(deal.state, frozenset()):
            return None
        self._deals[name] = _Deal(state, time_ms, after, deal.ids | {event_id})
        return max(0, time_ms - deal.since)
