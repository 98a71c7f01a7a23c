"""Who joins, who stays, who is small: GR metrics, their measures and alerts.

It may import declaration, creators, viewers, and the measures of the tools.
It never sums an input topic other than content anew.
"""
