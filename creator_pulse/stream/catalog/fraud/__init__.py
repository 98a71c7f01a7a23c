"""Fraud and harm, by single records or by rules: FR metrics, their measures and alerts.

It may import declaration.
It never makes a series that names somebody: who it is becomes a case.
"""
