"""``python -m agents`` is ``pulse``."""

from __future__ import annotations

from agents.cli import main

main()
