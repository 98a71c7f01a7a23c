"""The contract as types: decoding of records, reasons for refusing them, dated reference entries.

It may import ``native`` and ``settings``. It never raises because of what a record says: it gives a reason.
"""
