"""What lanes should keep, worked out from the ledger, which shares no code with them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declare import DAY_MS, HOUR_MS, MINUTE_MS, WINDOWS
from creator_pulse.stream.catalog.registry import CATALOGUE, MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.ledger import Ledger
    from creator_pulse.stream.settings import Settings

_HEALTH = "records"
"""The measure whose cells every merge lane keeps, as the trust of what is made of its topic."""
_LEVELS = {"minute_cells": MINUTE_MS, "hour_cells": HOUR_MS, "day_cells": DAY_MS}
_PARTS = {MINUTE_MS: 2, HOUR_MS: 3, DAY_MS: 4}
"""Pane length -> how many of a cell's parts, in time and ever later, its panes take."""
_USED = CATALOGUE.levels
_REACH = {
    step: max(one.size_ms + one.restate_ms for one in WINDOWS.values() if one.step_ms == step)
    for step in _LEVELS.values()
}
"""Pane length -> how far behind the closed windows a pane may still be needed, ms."""


def expected_entries(ledger: Ledger, settings: Settings) -> Mapping[str, int]:
    """Entries by kind, over all lanes, where they have counted just what the ledger has.

    ``ids``, ``keys`` and ``streaks``: those that the ledger still knows itself. Cells: one for each series
    that a window of such panes needs and each pane of it with records young enough to be restated there, as
    far back as a window may still need it. Lanes keep a few more: 0 of each outcome that no record of a
    minute had. What identities and sizes have is not expected.
    """
    truth = ledger.truth
    found = Counter({"ids": ledger.known_ids, "keys": ledger.known_keys, "streaks": ledger.known_streaks})
    closed = min(truth.watermarks.values(), default=0) - settings.allowed_lateness_ms
    for kind, step in _LEVELS.items():
        panes = set()
        for (measure, labels, pane), parts in truth.windows.items():
            if not MEASURES[measure].hidden and any(part is not None for part in parts[: _PARTS[step]]):
                for start in _starts(step, pane, labels, settings):
                    if start >= closed - _REACH[step]:
                        panes.add((measure, labels, start))
        found[kind] = sum(_lanes(measure, labels, step, settings) for measure, labels, _ in panes)
    return found


def _lanes(measure: str, labels: tuple[str, ...], step: int, settings: Settings) -> int:
    """How many merge lanes keep a series in panes of a length."""
    everywhere = measure == _HEALTH and step in _USED.get(f"#{labels[0]}", ())
    return (step in _USED.get(measure, ())) + everywhere * settings.merge_partitions


def _starts(step: int, pane: int, labels: tuple[str, ...], settings: Settings) -> set[int]:
    """Starts of the panes of a length that hold a minute; days of what is of no app begin where any do."""
    hours = settings.day_offsets
    mine = {hours[labels[0]]} if labels[0] in hours else set(hours.values())
    offsets = mine if step == DAY_MS else {0}
    return {(pane + one * HOUR_MS) // step * step - one * HOUR_MS for one in offsets}
