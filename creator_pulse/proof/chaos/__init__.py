"""Faults on the real stack under load, and the check that every number is still exact.

It may import everything but ``soak``. It never reaches into a worker: workers are processes of their own.
"""
