"""The words that the catalogue is written in: measure, value, metric, guardrail, condition, window.

It may import settings, errors, events and aggregates.
It never declares a measure, a metric or an alert: the other rooms do.
"""
