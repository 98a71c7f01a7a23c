"""The board in a browser: the generated dashboards, drawn from Prometheus.

It may import every room to its left. It never asks Prometheus for more than its dashboards need.
"""
