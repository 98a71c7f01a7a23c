"""The number of entries that lanes should keep, computed from the ledger, which shares no code with them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.catalog.registry import CATALOGUE, MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.ledger import Ledger
    from creator_pulse.stream.settings import Settings

# The measure whose cells every merge lane keeps, because it is the trust basis of its topic's values.
_HEALTH = "records"
_LEVELS = {"minute_cells": MINUTE_MS, "hour_cells": HOUR_MS, "day_cells": DAY_MS}
# Pane length, ms -> how many lateness classes its panes include, from on time to the latest.
_PARTS = {MINUTE_MS: 2, HOUR_MS: 3, DAY_MS: 4}
_USED = CATALOGUE.levels
# Pane length, ms -> how far behind the closed windows a pane may still be needed, ms.
_REACH = {
    step: max(window.size_ms + window.restate_ms for window in WINDOWS.values() if window.step_ms == step)
    for step in _LEVELS.values()
}


def expected_entries(ledger: Ledger, settings: Settings) -> Mapping[str, int]:
    """Entries by kind over all lanes, if they have counted exactly the records of the ledger.

    ``ids``, ``keys`` and ``streaks`` are those that the ledger itself still holds. Cells are one per series
    and pane, if a window of such panes needs the series, the pane has records young enough to be restated,
    and a window may still reach it. Lanes keep a few more, for example a 0 for each outcome that no record
    of a minute had. Entries of identities and sizes are not predicted.
    """
    truth = ledger.truth
    counts = Counter({"ids": ledger.known_ids, "keys": ledger.known_keys, "streaks": ledger.known_streaks})
    # The lowest watermark decides: windows wait for the slowest partition.
    closed = min(truth.watermarks.values(), default=0) - settings.allowed_lateness_ms
    for kind, step in _LEVELS.items():
        panes = set()
        for (measure, labels, pane), parts in truth.windows.items():
            # Sums of identities are rows, not cells.
            if not MEASURES[measure].hidden and any(part is not None for part in parts[: _PARTS[step]]):
                for start in _starts(step, pane, labels, settings):
                    if start >= closed - _REACH[step]:
                        panes.add((measure, labels, start))
        counts[kind] = sum(_lanes(measure, labels, step, settings) for measure, labels, _ in panes)
    return counts


def _lanes(measure: str, labels: tuple[str, ...], step: int, settings: Settings) -> int:
    """The number of merge lanes that keep a series in panes of a length ``step``, ms."""
    everywhere = measure == _HEALTH and step in _USED.get(f"#{labels[0]}", ())
    # In its own lane if a window reads it, and in each lane as the health of its topic.
    return (step in _USED.get(measure, ())) + everywhere * settings.merge_partitions


def _starts(step: int, pane: int, labels: tuple[str, ...], settings: Settings) -> set[int]:
    """Starts of the panes of a length that contain a minute, epoch ms.

    A day begins at its app's offset from UTC; a series without an app has a day for each app's offset.
    """
    hours = settings.day_offsets
    mine = {hours[labels[0]]} if labels[0] in hours else set(hours.values())
    offsets = mine if step == DAY_MS else {0}
    # Shift to local time, round down to a multiple of the pane length, and shift back.
    return {(pane + offset * HOUR_MS) // step * step - offset * HOUR_MS for offset in offsets}
