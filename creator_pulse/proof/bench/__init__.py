"""The cost of a worker beside its peers, measured on a real broker.

It may import everything. A figure of a result that is not right is never shown as one.
"""
