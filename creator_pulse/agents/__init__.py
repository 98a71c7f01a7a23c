"""The composition root: the Faust application, the worker, and the command line.

It may import all of ``stream``. It never imports ``proof``: commands of proofs are found by entry points.
It never computes a number.
"""
