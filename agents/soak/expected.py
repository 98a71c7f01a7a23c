"""What lanes should keep, worked out from the ledger, which shares no code with them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stream.catalog.declare import HOUR_MS, MINUTE_MS, WINDOWS
from stream.catalog.registry import CATALOGUE, MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.settings import Settings
    from stream.synthetic.ledger import Ledger

_HEALTH = "records"
"""The measure whose cells every merge lane keeps, at both levels, as the trust of its values."""
_REACH = {
    step: max(one.size_ms + one.restate_ms for one in WINDOWS.values() if one.step_ms == step)
    for step in (MINUTE_MS, HOUR_MS)
}
"""Pane length -> how far behind the closed windows a pane may still be needed, ms."""


def expected_entries(ledger: Ledger, settings: Settings) -> Mapping[str, int]:
    """Entries by kind, over all lanes, where they have counted just what the ledger has.

    ``ids``, ``keys`` and ``streaks``: those that the ledger still knows itself. ``minute_cells`` and
    ``hour_cells``: one for each series that a window of such steps needs and each pane of it with records
    young enough to be restated there, as far back as a window may still need it. Lanes keep a few more:
    0 of each outcome that no record of a minute had. What identities and sizes have is not expected.
    """
    truth, used = ledger.truth, CATALOGUE.levels()
    found = Counter({"ids": ledger.known_ids, "keys": ledger.known_keys, "streaks": ledger.known_streaks})
    closed = min(truth.watermarks.values(), default=0) - settings.allowed_lateness_ms
    oldest = {step: closed - reach for step, reach in _REACH.items()}
    hours = set()
    for (measure, labels, pane), parts in truth.windows.items():
        if MEASURES[measure].hidden:
            continue
        minutes, hourly = (
            (step in used.get(measure, ())) + (measure == _HEALTH) * settings.merge_partitions
            for step in (MINUTE_MS, HOUR_MS)
        )
        on_time, recent, old = (part is not None for part in parts[:3])
        if pane >= oldest[MINUTE_MS] and (on_time or recent):
            found["minute_cells"] += minutes
        hour = pane // HOUR_MS * HOUR_MS
        if hour >= oldest[HOUR_MS] and (on_time or recent or old):
            hours.add((measure, labels, hour, hourly))
    found["hour_cells"] = sum(lanes for *_, lanes in hours)
    return found
