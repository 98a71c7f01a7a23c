"""What creators sell: EC metrics, their measures and alerts.

It may import declaration, and whom viewers are from viewers.
It never sums another topic than purchase.
"""
