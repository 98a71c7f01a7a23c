"""The endpoints of a worker: ``/metrics``, ``/live`` and ``/ready``, with their limits.

It may import rooms to its left; it alone imports the Prometheus client. It never waits for a lane.
"""
