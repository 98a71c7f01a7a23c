"""The past of the synthetic world: weeks of money, event by event, and of viewing, drawn as sums.

It may import the generator, what runs, and the ledger. It never reads a clock: the span is given.
"""
