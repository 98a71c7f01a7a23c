"""Partial aggregates and where they are kept: pane records, tables of rows, the pane store, rolling sums.

May import ``lanes`` and all to its left. It never decides when a window closes, and never reads an event.
"""
