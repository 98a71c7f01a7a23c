"""The words that the catalogue is written in: measure, value, metric, guardrail, condition, window.

It may import settings, errors, events and aggregates.
It never names a topic's measure, a metric or an alert of the product.
"""
