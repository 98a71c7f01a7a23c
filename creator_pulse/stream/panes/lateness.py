"""How late rows are, and so which panes take them."""

from __future__ import annotations

ON_TIME, LATE_RECENT, LATE_OLD, LATE_DAYS = range(4)
"""In time; late but young enough to restate every window; all but those of minutes; those of days only."""
LATE_LOST, DROPPED = 4, 5
"""Of rows that no pane takes: late and too old to restate anything; not counted at all."""
