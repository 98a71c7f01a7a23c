"""Loops over bytes, compiled: what Python would do record by record is done here for a whole batch."""
