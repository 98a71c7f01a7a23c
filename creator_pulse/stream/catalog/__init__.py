"""The declarations, in rooms by tool and party, and the registry that puts them together.

It may import ``settings``, ``events`` and ``aggregates``.
It never reads a record or keeps state: others do as it declares.
"""
