"""How the terms here compare with what other platforms publish: BM metrics.

It may import declaration.
It never sums a record: the compared values are made by the tools, and published terms are reference entries.
"""
