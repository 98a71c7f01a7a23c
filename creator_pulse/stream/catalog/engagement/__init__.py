"""What viewers do with what they watch: EN metrics, their measures and alerts.

It may import declaration, and what viewers watch from viewers.
It never sums another topic than engagement.
"""
