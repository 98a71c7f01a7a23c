"""The source side: records are decoded, judged and folded, and summed into partial aggregates.

May import ``keyed``, ``panes`` and all to their left. It never waits for another partition.
"""
