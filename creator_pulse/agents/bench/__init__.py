"""Benchmarks: the real broker, the worker as a user runs it, peers beside it, every result checked."""
