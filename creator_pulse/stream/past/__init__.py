"""The past once more: the lanes of a worker over old records, in event time and as fast as they go.

It may import the lanes, the log, the configuration generated for Prometheus, and the local stack. The samples
of its looks go into Prometheus' blocks. It never serves anything, and only ``state`` writes to a log.
"""
