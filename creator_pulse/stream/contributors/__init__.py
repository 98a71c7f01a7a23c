"""Where it hurts: sums by label, what is usual of each, and which of them explain a change.

It may import catalog.declaration, evidence and what is left of them.
It never waits, reads a clock, or knows where increments come from: the same increments and closes in the
same order give the same state and the same explanations.
"""
