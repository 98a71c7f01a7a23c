"""The bodies of the API's answers. Times are epoch ms UTC, shares 0 to 1; a null ``next`` ends the list."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from creator_pulse.stream.contributors.explanation import Explanation


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """How trustworthy a value is.

    Attributes:
        state: ``provisional`` (may still change), ``final``, or ``recorded`` (a series that Prometheus
            computes, without a window).
        start: of the window, inclusive; null without a window.
        end: of the window, exclusive; of a recorded series the time of the sample.
        watermark: event time up to which every busy partition has been read.
        watermark_age_seconds: how far the watermark lies behind the clock.
        completeness: share of the partitions whose watermark has passed the window's end.
        late_share: share of late records among those of the value's topics in the window.
        duplicate_share: share of duplicates, likewise.
        invalid_share: share of invalid records, likewise.
    """

    state: str
    start: int | None
    end: int
    watermark: int | None = None
    watermark_age_seconds: float | None = None
    completeness: float | None = None
    late_share: float | None = None
    duplicate_share: float | None = None
    invalid_share: float | None = None


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """One current value."""

    metric: str
    name: str
    unit: str
    window: str
    labels: dict[str, str]
    value: float | None
    trust: Trust


class CurrentPage(msgspec.Struct, frozen=True, kw_only=True):
    """Current values; ``published`` is false if no worker has published since Redis was emptied."""

    items: list[Current]
    next: str | None
    published: bool


class EmittedResult(msgspec.Struct, frozen=True, kw_only=True):
    """One emitted result of a window.

    Attributes:
        exact: the integer sum or the quotient as decimal text; null if a denominator is 0.
        value: exact / scale.
        revision: 0, and one more with each restatement.
        reason: why it was restated: ``late`` or ``idle``.
        parts: measures and their integer sums, as decimal text.
        watermark: event time at which it was emitted.
        written: timestamp that Kafka gave the record.
        versions: of the references with which it was computed.
    """

    name: str
    window: str
    start: int
    end: int
    labels: dict[str, str]
    state: str
    revision: int
    reason: str
    value: float | None
    exact: str | None
    parts: dict[str, str]
    watermark: int
    written: int
    versions: dict[str, int]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Results in the order in which they were emitted."""

    items: list[EmittedResult]
    next: str | None


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """One rank of a leaderboard; ``who`` maps the kind of identity to the id, ``room_id`` to ``r1``."""

    rank: int
    who: dict[str, str]
    value: float
    share: float


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """The top ranks of one window and label set; the ranks and ``other`` add up to ``total``."""

    metric: str
    name: str
    unit: str
    window: str
    labels: dict[str, str]
    ranks: list[Rank]
    other: float
    total: float
    trust: Trust


class Leaderboards(msgspec.Struct, frozen=True, kw_only=True):
    """Leaderboards of one name."""

    items: list[Leaderboard]
    next: str | None
    published: bool


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What explains changes of signals, of all apps together first; ``published`` as of current values."""

    items: list[Explanation]
    published: bool


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A reviewer's decision on a case; the reference entry ``verdict``.

    Attributes:
        kind: always ``verdict``.
        id: of the case.
        valid_from: when it was given.
        rule: of the case.
        confirmed: whether the rule was right.
        note: in the reviewer's words.
    """

    kind: str
    id: str
    valid_from: int
    rule: str
    confirmed: bool
    note: str = ""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a verdict: whether the rule was right about the case, and why."""

    confirmed: bool
    note: Annotated[str, Meta(extra_json_schema={"maxLength": 2_000})] = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A flagged entity.

    Attributes:
        id: of the case, the key of the record; a verdict refers to it.
        written: timestamp that Kafka gave the record.
        case: as the rule wrote it: rule and version, entity (``kind`` and ``id``), window, evidence.
        verdict: the newest one; null while the case is open.
    """

    id: str
    written: int
    case: dict[str, Any]
    verdict: Verdict | None


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """Cases by the time at which they were opened.

    Attributes:
        held_since: the API holds every case that was opened since then; 0: all cases of the topic.
    """

    items: list[Case]
    next: str | None
    held_since: int


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics as ``pulse catalog --json`` gives them."""

    items: list[dict[str, Any]]
    next: str | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the stack that the API reads from."""

    name: str
    up: bool


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``ok``, or ``degraded`` if a part does not answer or no worker has published.

    Attributes:
        parts: each part; only for callers with the token.
        published: whether a worker has published, likewise.
    """

    status: str
    parts: list[Part] | None = None
    published: bool | None = None
