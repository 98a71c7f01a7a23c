"""The serving API: values with their trust, history, leaderboards and cases over HTTP.

It may import every room to its left. It never computes a number: it reads Prometheus, Redis and
``pulse.case``.
"""
