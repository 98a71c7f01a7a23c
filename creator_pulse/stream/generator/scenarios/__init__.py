"""What goes wrong on a platform, as changes of the records that its producers send.

A scenario says which records it changes and how, and which alerts must and must not follow. It is injected
into a run of the generator from one moment to another (``injection.py``). It may import the same as the
generator, and never sends a record.
"""
