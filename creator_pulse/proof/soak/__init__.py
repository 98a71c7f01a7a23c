"""A steady rate for minutes or hours: does memory, do handles, do tables grow?

It may import everything. It never touches a worker but to read its pages.
"""
