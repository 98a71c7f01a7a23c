"""Brand deals, from the invitation to the payment: BD metrics, their measures and alerts.

It may import declaration.
It never sums another topic than deal.
"""
