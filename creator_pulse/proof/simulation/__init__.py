"""Runs workers in virtual time through failures that a seed chooses, and checks them against the ledger.

It may import the lanes, the log in memory and the ledger. It never reads a real clock, and opens no socket.
"""
