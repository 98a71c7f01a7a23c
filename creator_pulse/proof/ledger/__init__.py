"""The exact ledger of what was produced, and the comparison of every number with it.

It may import the contract's constants and settings. It never imports what it judges: the lanes and
their arithmetic.
"""
