"""Kafka, Redis, Prometheus and Alertmanager as child processes on this machine.

It may import settings and errors. It never leaves a process behind, and listens on the loopback only.
"""
