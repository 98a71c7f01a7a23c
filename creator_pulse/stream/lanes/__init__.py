"""What every lane is: batch in, changes out, time passed in; and what lanes of all kinds hand over.

May import ``transport`` and all to its left. It never holds state of a topic, and knows no window.
"""
