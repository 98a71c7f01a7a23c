"""One module for each name of ``pulse bench``.

A module may import the rest of ``bench``. It never imports another module of this package.
"""
