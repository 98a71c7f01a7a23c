"""What proves that what runs is right: ledger, simulation, demo, chaos, soak and benchmarks.

It may import everything. Nothing in ``stream`` or ``agents`` imports it, so an installation runs without it.
"""
