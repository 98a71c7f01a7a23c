"""Engagement of viewers with videos and rooms: EN metrics, their measures and alerts.

It may import declaration, and what viewers watch from viewers.
It never sums another topic than engagement.
"""
