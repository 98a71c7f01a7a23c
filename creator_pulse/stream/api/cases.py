"""Cases by time, and the verdicts that close them."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.api.answers import Asked, Case, Cases, Verdict
from creator_pulse.stream.api.asked import LogNumber, cursor, limit, span, to_cursor
from creator_pulse.stream.api.case_index import KIND
from creator_pulse.stream.api.problem import absent, unavailable, wrong
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.transport.batch import OutRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.api.sources import Sources
    from creator_pulse.stream.transport.log import LogProducer

MOST_NOTE = 2_000
"""Characters of a note."""
RULES: tuple[str, ...] = tuple(
    dict.fromkeys(
        name for metric in METRICS for name in (metric.id, *(value.name for value in metric.values))
    )
)
"""Values of the parameter ``rule``."""


async def cases(query: Mapping[str, str], sources: Sources) -> Cases:
    """A page of the cases that were opened within a span, each with its newest verdict.

    Raises:
        AskedWrongError: 400: an invalid parameter.
    """
    rules = None if "rule" not in query else _rules(query["rule"])
    since, until = span(query, sources.clock.now_ms(), DAY_MS)
    count, after = limit(query), None
    if "cursor" in query:
        # It stands for the rest of the span of the page that gave it.
        *place, until = cursor(query["cursor"], tuple[LogNumber, LogNumber, LogNumber, LogNumber])
        after = place[0], place[1], place[2]
    await sources.cases.catch_up()
    matching = list(islice(sources.cases.between(since, until, after, rules), count + 1))
    # One more than the page holds was read, only to see whether there is a next page.
    more = len(matching) > count
    last = matching[count - 1][0] if more else None
    return Cases(
        items=[
            Case(id=entry.id, written=entry.written, case=entry.case, verdict=verdict)
            for entry, verdict in matching[:count]
        ],
        next=None if last is None else to_cursor((last.written, last.partition, last.offset, until)),
        held_since=sources.cases.since,
    )


async def give_verdict(case_id: str, decision: Asked, sources: Sources) -> Verdict:
    """Write a verdict to the reference topic, dated now. A later one replaces an earlier one.

    Raises:
        AskedWrongError: 400: the note is too long; 404: no such case; 503: it is not known whether the
            verdict was written.
    """
    if len(decision.note) > MOST_NOTE:
        raise wrong(
            "body.note",
            f"the note has {len(decision.note)} characters",
            f"shorten it to {MOST_NOTE}, and link to the rest",
        )
    await sources.cases.catch_up()
    entry = sources.cases.get(case_id)
    if entry is None:
        raise absent(
            "path.id",
            f"there is no case {case_id[:80]!r}",
            "GET /v1/cases lists cases with their ids; mind from",
        )
    verdict = Verdict(
        kind=KIND,
        id=case_id,
        valid_from=sources.clock.now_ms(),
        rule=entry.rule,
        confirmed=decision.confirmed,
        note=decision.note,
    )
    # A caller that goes away must not leave a transaction open: it is ended, and only then let go of.
    await asyncio.shield(_write(verdict, sources))
    sources.cases.add_verdict(verdict)
    return verdict


async def _write(verdict: Verdict, sources: Sources) -> None:
    settings = sources.settings
    key = f"{KIND}:{verdict.id}:{verdict.valid_from}".encode()
    async with sources.writing:
        producer = await sources.log.producer(f"{settings.app_id}-api")
        try:
            await _commit(
                producer, OutRecord(settings.topic("reference"), key, msgspec.json.encode(verdict), 0)
            )
        except LaneError as error:
            raise unavailable(
                "kafka",
                f"it is not known whether the verdict was written: {error}",
                "look at the case with GET /v1/cases; giving the same verdict again does no harm",
            ) from error


async def _commit(producer: LogProducer, record: OutRecord) -> None:
    try:
        await producer.commit([record])
    finally:
        await producer.close()


def _rules(text: str) -> frozenset[str]:
    """The rules that an id of the catalogue or the name of a rule stands for.

    Raises:
        AskedWrongError: 400: there is no such rule.
    """
    for metric in METRICS:
        names = frozenset(value.name for value in metric.values)
        if metric.id == text:
            return names
        if text in names:
            return frozenset((text,))
    raise wrong(
        "query.rule", f"no rule is called {text[:80]!r}", "GET /v1/catalog?tier=guardrail lists rules"
    )
