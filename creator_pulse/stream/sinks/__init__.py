"""Where results go: ``pulse.window``, ``pulse.case``, gauges, live views, closed days; a class each.

May import ``windows`` and all to its left. It never computes a result, and never shows uncommitted results.
"""
