"""What creators earn with all tools and are paid: CR metrics, their measures and alerts.

It may import declaration, and the measures of the tools.
It never sums an input topic other than payout anew: earnings are those of the tools.
"""
