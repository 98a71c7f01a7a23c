"""Where it hurts: sums by label, the usual of each, and which of them explain a change.

It may import catalog.declaration, evidence and all to their left.
It never waits, reads a clock, or knows where increments come from: the same increments and closes in the
same order give the same state and the same explanations.
"""
