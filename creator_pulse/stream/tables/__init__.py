"""Lanes with their log: opening, committing, recovering; live views; the installation's key.

It may import ``sinks`` and all to its left. It never computes a number, and never shows an
uncommitted one.
"""
