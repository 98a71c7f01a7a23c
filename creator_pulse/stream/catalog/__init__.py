"""The declarations: measures, values, metrics and guardrails, and what checks them.

It may import ``settings`` and ``events``. It never reads a record or keeps state: others do as it declares.
"""
