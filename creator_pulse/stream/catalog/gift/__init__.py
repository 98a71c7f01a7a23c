"""What viewers give and how they pay for it: GI metrics, their measures and alerts.

It may import declaration, and whom viewers are from viewers.
It never sums another topic than gift and wallet.
"""
