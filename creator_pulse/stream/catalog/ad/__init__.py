"""What ads earn and what advertisers ask: AD and AV metrics, their measures and alerts.

It may import declaration.
It never sums another topic than ad.
"""
