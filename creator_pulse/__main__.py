"""``python -m creator_pulse`` is ``pulse``."""

from __future__ import annotations

from creator_pulse.agents.cli import main

main()
