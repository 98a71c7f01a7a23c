"""Generators of rules, alerts, boards, runbooks and configuration, from the catalogue.

It may import the catalogue and settings; it alone imports the Grafana SDK. It never talks to a server.
"""
