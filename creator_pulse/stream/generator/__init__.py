"""Generates synthetic events of a plausible platform at any rate, reproducible by a seed.

It may import the contract's declarations and the transport. It never counts: the ledger does that elsewhere.
"""
