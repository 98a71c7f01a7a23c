"""Loops over bytes and integers, compiled: record batches, JSON, ids, texts, sums.

It imports nothing of the project. It never raises because of the content of bytes, and never does I/O.
"""
