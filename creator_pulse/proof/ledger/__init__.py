"""The exact ledger of the produced records, and the comparison of every number with it.

It may import the contract's constants and settings. It never imports the code that it judges: the lanes
and their arithmetic.
"""
