"""Names of the topics that the application writes; those of the inputs carry the settings' prefix."""

from __future__ import annotations

PANE_TOPIC = "pulse.pane"
WINDOW_TOPIC = "pulse.window"
LATE_TOPIC = "pulse.late"
DEAD_TOPIC = "pulse.dead-letter"
CASE_TOPIC = "pulse.case"
