"""Synthetic events of a plausible platform: reproducible by a seed, at any rate, for users and proofs alike.

It may import the contract's declarations and the transport. It never counts: the ledger does that elsewhere.
"""
