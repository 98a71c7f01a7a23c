"""Workers in virtual time, through failures that a seed chooses, held to the ledger.

It may import the lanes, the log in memory and the ledger. It never reads a real clock, and opens no socket.
"""
