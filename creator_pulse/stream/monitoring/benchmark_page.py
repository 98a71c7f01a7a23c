"""The shipped terms of other platforms as a page (``docs/benchmark-terms.md``)."""

from __future__ import annotations

from creator_pulse.stream.events.benchmarks import BENCHMARKS, RATIO, Term

PAGE = "docs/benchmark-terms.md"
"""Path of the page, from the root of the project."""
_INTRODUCTION = """# Terms of other platforms

Generated from `creator_pulse/stream/events/benchmarks.py` by `pulse generate`.

What platforms publish of their terms, or what is reported of them where they publish nothing. Each is a
reference entry of the kind `benchmark` ([contract](contract.md), section 3) that holds until the topic has
another one of the same platform, tool and what. The gauge `pulse_benchmark` shows them, boards draw them as
lines, and BM1 to BM3 of the [catalogue](catalogue.md) are the gaps between them and what is measured here:
ours less theirs.

A term holds from the day in the column *since*: on which it began, or on which the source says so. To
correct one, or to end it, publish an entry; this one ends Instagram's selling fee at the end of 2026:

```json
{"kind": "benchmark", "id": "instagram:commerce:take_rate", "valid_from": 1767225600000,
 "valid_until": 1798761600000, "value": 0.05, "unit": "ratio", "source": "the seller agreement of 2026"}
```

| platform | tool | what | value | since | source |
|---|---|---|---|---|---|
"""
_END = """
How to read them:

- `creator_share` is of what is shared: of net revenue where the source says *net*, else of what viewers or
  advertisers pay. Gifts here are shared net of tax and the store's fee. So a creator share of the price paid
  (Instagram's, Twitch's) is not made alike, and a gap of a few points says nothing.
- `pay_per_1000_views_low` and `_high` are the ends of a range. TikTok's are of qualified views, the others of
  all views. Of the tool `ad` they stand beside creators' share of ad revenue per 1,000 videos begun (AD2), of
  `reward` beside rewards per 1,000 views of rewarded videos (CF2).
- `take_rate` is of an order's value. Kuaishou's is made of two published sums, and a little too high: other
  services are more than commissions. Instagram's is that of 2020, which sources of 2023 repeat; newer ones
  were not found.

What is not here, as nothing with a source and a date was found: any term of Douyin (pages that name a share
of gifts or a fee of its shops do not say since when, and differ), shares of ads on Instagram (it pays by
views, and does not say how much). Subscriptions have no tool here, so the terms of Twitch's and YouTube's
are left out.
"""


def benchmark_page() -> bytes:
    """The terms as a Markdown page, in the order in which they are declared."""
    return (_INTRODUCTION + "".join(map(_row, BENCHMARKS)) + _END).encode()


def _row(term: Term) -> str:
    value = f"{term.value * 100:g} %" if term.unit == RATIO else f"{term.value:g} {term.unit}"
    return f"| {term.platform} | {term.tool} | `{term.what}` | {value} | {term.since} | {term.source} |\n"
