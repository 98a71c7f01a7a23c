"""Cases by time, and the verdicts that close them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.api.answers import Asked, Case, Cases, Verdict
from creator_pulse.stream.api.asked import limit, span
from creator_pulse.stream.api.log_pages import LogPages
from creator_pulse.stream.api.problem import absent, unavailable, wrong
from creator_pulse.stream.catalog.declare import DAY_MS
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import CASE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.api.sources import Sources
    from creator_pulse.stream.transport.log import LogProducer

logger = logging.getLogger(__name__)

KIND = "verdict"
MOST_NOTE = 2_000
"""Characters of a note."""


async def cases(query: Mapping[str, str], sources: Sources) -> Cases:
    """A page of the cases that were opened within the asked span, each with its newest verdict.

    Raises:
        AskedWrongError: 400: a parameter that cannot be.
    """
    pages = LogPages(sources.log, CASE_TOPIC, sources.settings.merge_partitions)
    pick = _of_rules(None if "rule" not in query else _rules(query["rule"]))
    asked = span(query, sources.clock.now_ms(), DAY_MS)
    async with sources.turn:
        rows, following = await pages.page(asked, query.get("cursor"), limit(query), pick)
        given = await _verdicts(sources) if rows else {}
    found = [
        Case(id=case_id, written=row.written, case=case, verdict=given.get(case_id))
        for row in rows
        for case_id, case in (row.item,)
    ]
    return Cases(items=found, next=following)


async def give_verdict(case_id: str, asked: Asked, sources: Sources) -> Verdict:
    """Write a verdict to the reference topic, dated now. A later one replaces an earlier one.

    Raises:
        AskedWrongError: 400: the note is too long; 404: no such case; 503: it is not known whether the
            verdict was written.
    """
    if len(asked.note) > MOST_NOTE:
        raise wrong(
            "body.note",
            f"the note has {len(asked.note)} characters",
            f"shorten it to {MOST_NOTE}, and link to the rest",
        )
    settings = sources.settings
    async with sources.turn:
        case = await _case(case_id, sources)
    verdict = Verdict(
        kind=KIND,
        id=case_id,
        valid_from=sources.clock.now_ms(),
        rule=str(case.get("rule", "")),
        confirmed=asked.confirmed,
        note=asked.note,
    )
    key = f"{KIND}:{case_id}:{verdict.valid_from}".encode()
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
    return verdict


async def _commit(producer: LogProducer, record: OutRecord) -> None:
    try:
        await producer.commit([record])
    finally:
        await producer.close()


def _rules(text: str) -> frozenset[str]:
    """The rules that an id of the catalogue or the name of a rule stands for.

    Raises:
        AskedWrongError: 400: nothing is called so.
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


def _of_rules(names: frozenset[str] | None) -> Callable[[bytes, bytes], tuple[str, dict[str, Any]] | None]:
    def pick(key: bytes, value: bytes) -> tuple[str, dict[str, Any]] | None:
        case: dict[str, Any] = msgspec.json.decode(value, type=dict[str, Any])
        return (key.decode(), case) if names is None or case.get("rule") in names else None

    return pick


async def _case(case_id: str, sources: Sources) -> dict[str, Any]:
    """The case of an id. Its key's hash is the writer's affair, so every partition is looked through."""
    wanted = case_id.encode()
    for number in range(sources.settings.merge_partitions):
        first, end = await sources.log.bounds(CASE_TOPIC, number)
        async for batch in sources.log.read(CASE_TOPIC, number, first, end):
            for key, value in zip(batch.keys, batch.values, strict=True):
                if key == wanted and value is not None:
                    found: dict[str, Any] = msgspec.json.decode(value, type=dict[str, Any])
                    return found
    raise absent(
        "path.id", f"there is no case {case_id[:80]!r}", "GET /v1/cases lists cases with their ids; mind from"
    )


async def _verdicts(sources: Sources) -> dict[str, Verdict]:
    """The newest verdict of each case."""
    topic = sources.settings.topic("reference")
    first, end = await sources.log.bounds(topic, 0)
    found: dict[str, Verdict] = {}
    async for batch in sources.log.read(topic, 0, first, end):
        for key, value in zip(batch.keys, batch.values, strict=True):
            if value is None or key is None or not key.startswith(f"{KIND}:".encode()):
                continue
            try:
                verdict = msgspec.json.decode(value, type=Verdict)
            except msgspec.MsgspecError as error:
                logger.warning("a verdict of the reference topic cannot be read: %s", error)
                continue
            before = found.get(verdict.id)
            if before is None or before.valid_from <= verdict.valid_from:
                found[verdict.id] = verdict
    return found
