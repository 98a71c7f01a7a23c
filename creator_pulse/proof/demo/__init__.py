"""Stack, workers, producers and board together on one machine, held against the ledger all the while.

It may import ``agents`` and the ledger. It never counts by itself: workers are processes of their own.
"""
