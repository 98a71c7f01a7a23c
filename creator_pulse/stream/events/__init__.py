"""The contract as types: decoding of records, reasons for refusing them, dated reference entries.

It may import ``native`` and ``settings``. It never raises because of a record's content: it returns a reason.
"""
