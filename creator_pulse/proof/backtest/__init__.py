"""Guardrails judged on worlds whose incidents are labelled: what fires, how soon, and what fires in vain.

It may import the evidence, the configuration generated for Prometheus, and its runs over the past. It never
counts a record: worlds are sums by minute, and it never makes a verdict by itself: the evidence of a lane
does.
"""
