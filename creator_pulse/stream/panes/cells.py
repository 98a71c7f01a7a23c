"""Cells: a part of a measure's sum, for one label set, pane and kind."""

from __future__ import annotations

Labels = tuple[str, ...]
Cell = tuple[str, Labels, int, int, int]
"""Measure id, label values, start of the pane (epoch ms), kind (see ``lateness.py``), sum."""
