"""The merge side: windows open, close and are restated; formulas make results of sums; the seam to sinks.

May import ``panes`` and all to its left, and no sink. It never looks at an event, or at a clock by itself.
"""
