"""Kafka and a log in memory behind one seam; the Faust transport; topics and rights.

It may import ``native``, ``settings`` and the names of topics. It never looks into a record's value.
"""
