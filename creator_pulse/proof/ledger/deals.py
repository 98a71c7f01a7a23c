"""The ledger's own account of deals: which step may follow which, and how long each took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMEMBERED_MS = 400 * 86_400_000
_REMEMBERED = 32
# The two that may follow each other again and again.
_REVIEW = frozenset({"submitted", "changes_requested"})
# State -> the states that may follow; the others are ends.
_NEXT: Mapping[str, frozenset[str]] = {
    "invited": frozenset({"agreed", "declined", "expired", "cancelled"}),
    "agreed": frozenset({"submitted", "cancelled"}),
    "submitted": frozenset({"changes_requested", "approved", "cancelled"}),
    "changes_requested": frozenset({"submitted", "cancelled"}),
    "approved": frozenset({"posted", "cancelled"}),
    "posted": frozenset({"paid", "cancelled"}),
}
_MADE = frozenset({"approved", "posted", "paid", "cancelled"})
# State -> the states that may come at some time after it.
_LATER: Mapping[str, frozenset[str]] = {
    "invited": frozenset({"agreed", "declined", "expired"}) | _REVIEW | _MADE,
    "agreed": _REVIEW | _MADE,
    "submitted": _REVIEW | _MADE,
    "changes_requested": _REVIEW | _MADE,
    "approved": frozenset({"posted", "paid", "cancelled"}),
    "posted": frozenset({"paid", "cancelled"}),
}


class _Step(NamedTuple):
    """A step that was taken: its state, its own time, and the watermark after it."""

    state: str
    time_ms: int
    watermark: int


@dataclass(slots=True)
class _Deal:
    """The newest step, all steps as they came, and the event ids of the last steps."""

    at: _Step
    steps: list[_Step]
    ids: list[str] = field(default_factory=list)


class Deals:
    """The deals of one partition, in the order of the log.

    Args:
        lateness_ms: for how long an overtaken step may come.
    """

    def __init__(self, lateness_ms: int) -> None:
        self._lateness_ms = lateness_ms
        self._deals: dict[str, _Deal] = {}

    def __len__(self) -> int:
        """How many deals are remembered, forgotten ones among them until they come again."""
        return len(self._deals)

    def is_known(self, event: Mapping[str, object], before: int | None) -> bool:
        """Whether an event id is among those that made the deal's last steps.

        Args:
            event: a valid deal event that is no test.
            before: the watermark before it.
        """
        deal = self._recalled(str(event["deal_id"]), before)
        return deal is not None and str(event["event_id"]) in deal.ids

    def step(self, event: Mapping[str, object], before: int | None, after: int) -> int | None:
        """Take a step, unless it is illegal.

        Args:
            event: a valid deal event that is no test.
            before: the watermark before it.
            after: the watermark after it.

        Returns:
            ms since the step before; -1 where there was none, others lie between, it was overtaken, or it is
            the same event again; None where it is illegal.
        """
        name, event_id, time_ms = str(event["deal_id"]), str(event["event_id"]), event["event_time"]
        assert isinstance(time_ms, int)
        # Without "deal_", five characters.
        step = _Step(str(event["event_type"])[5:], time_ms, after)
        deal = self._recalled(name, before)
        if deal is None:
            self._deals[name] = _Deal(step, [step], [event_id])
            return -1
        if event_id in deal.ids:
            return -1
        # Unknown, unless the step follows directly on the one that the deal is at.
        waited = -1
        if _is_newer(step, deal.at):
            if step.state in _NEXT[deal.at.state]:
                waited = max(0, time_ms - deal.at.time_ms)
            deal.at = step
        elif not self._is_overtaken(step, deal, before):
            return None
        deal.steps.append(step)
        # Ids of the last steps only: the dedup horizon answers for older repeats.
        deal.ids = [*deal.ids, event_id][-_REMEMBERED:]
        return waited

    def _recalled(self, name: str, before: int | None) -> _Deal | None:
        """The deal, unless it has been silent for too long."""
        deal = self._deals.get(name)
        if deal is None or before is None or before - deal.steps[-1].watermark <= _REMEMBERED_MS:
            return deal
        del self._deals[name]
        return None

    def _is_overtaken(self, step: _Step, deal: _Deal, before: int | None) -> bool:
        """Whether it lies before a step that was taken no longer ago than the lateness."""
        if step.state not in _REVIEW and any(earlier.state == step.state for earlier in deal.steps):
            return False
        # Drafts and requests for changes alternate, so only their times say which is newer.
        if {step.state, deal.at.state} <= _REVIEW:
            return step.time_ms < deal.at.time_ms and self._is_lately(deal.at, before)
        later = _LATER.get(step.state, frozenset())
        for earlier in deal.steps:
            if earlier.state in later and not {earlier.state, step.state} <= _REVIEW:
                return step.time_ms <= earlier.time_ms and self._is_lately(earlier, before)
        return False

    def _is_lately(self, step: _Step, before: int | None) -> bool:
        return before is None or before - step.watermark <= self._lateness_ms


def _is_newer(step: _Step, at: _Step) -> bool:
    """Whether a step comes after another, next to it or with others between them."""
    if step.state not in _LATER.get(at.state, frozenset()):
        return False
    if {step.state, at.state} <= _REVIEW:
        return step.time_ms > at.time_ms or (step.time_ms == at.time_ms and step.state != at.state)
    return step.state in _NEXT[at.state] or step.time_ms >= at.time_ms
