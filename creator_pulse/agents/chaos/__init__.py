"""Chaos: faults on the real stack under load, and what must hold after them."""
