"""Whether counts are as expected: history, expectation, spread, scan, verdict.

It may import catalog.declaration and the layers to its left.
It never waits, reads a clock, or knows where increments come from: the same increments and closes in the
same order give the same verdicts to the bit.
"""
