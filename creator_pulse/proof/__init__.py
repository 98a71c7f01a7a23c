"""What proves that what runs is right: ledger, simulation, demo, chaos, soak and benchmarks.

It may import everything. ``stream`` and ``agents`` never import it, so an installation runs without it.
"""
