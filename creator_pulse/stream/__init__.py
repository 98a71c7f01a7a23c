"""What runs: the library of Creator Pulse, in rooms that import to the left only.

Importing it does no I/O. It may import libraries and itself, and never ``agents`` or ``proof``.
"""
