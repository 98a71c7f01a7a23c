"""Lanes: outcomes of records, sums in panes, windows and their results. Pure arithmetic.

It may import the catalogue, ``events`` and ``native``. It never awaits, does I/O, reads a clock or logs.
"""
