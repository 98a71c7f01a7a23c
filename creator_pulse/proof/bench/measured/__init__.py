"""The scenarios of ``pulse bench``, a function for each name.

It may import everything. It never holds figures: those stand in ``docs/benchmarks.md``.
"""
