"""Reference entries that stopped workers or bent figures once."""

from __future__ import annotations

BAD = (
    b'{"kind":"fx","id":"EUR","valid_from":1796000000000,"usd_micros":-1080000}',
    b'{"kind":"fx","id":"GBP","valid_from":1796000000,"usd_micros":9}',
    b'{"kind":"take_rate","id":"gift:tiktok:US","valid_from":0,"bps":-5}',
    b'{"kind":"calendar","id":"tiktok","valid_from":1795000000000,"valid_until":1797000000000,"factor":1e308}',
    b'{"kind":"ledger_day","id":"gift:tiktok:2026-02-30","valid_from":1796000000000,"usd_micros":-5}',
)
"""Once all taken: a negative rate made GMV fall, one dated in seconds held from 1970."""
NOT_UTF8 = b'{"kind":"fx","id":"\xff\xfe","valid_from":0,"usd_micros":1}'
"""No worker started any more."""
HUGE_NUMBER = b'{"kind":"take_rate","id":"gift:*:*","valid_from":0,"bps":1' + b"0" * 400 + b"}"
"""``/metrics`` answered 500."""
