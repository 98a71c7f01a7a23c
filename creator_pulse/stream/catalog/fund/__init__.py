"""The creator fund, which pays for views: CF metrics, their measures and alerts.

It may import declaration.
It never sums another topic than reward.
"""
