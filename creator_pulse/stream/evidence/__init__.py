"""Whether what is counted is what is usual: history, expectation, spread, scan, verdict.

It may import catalog.declaration and what is left of it.
It never waits, reads a clock, or knows where increments come from: the same increments and closes in the
same order give the same verdicts to the bit.
"""
