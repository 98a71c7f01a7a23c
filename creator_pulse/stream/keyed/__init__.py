"""State by key with a time to live: event ids, business keys, streaks, state machines, receivables.

May import ``lanes`` and all to its left. Only the log decides its state, never a clock or a batch's size.
"""
