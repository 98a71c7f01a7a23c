"""Cases and their verdicts in memory: each record of ``pulse.case`` is read once, not once per request."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from creator_pulse.stream.api.answers import Verdict
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.events.reference_judge import judged
from creator_pulse.stream.settings import DEFAULT_DAY_OFFSETS
from creator_pulse.stream.transport.names import CASE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from creator_pulse.stream.transport.log import TimedLog

logger = logging.getLogger(__name__)

KIND = "verdict"
MOST_BYTES = 64 << 20
"""Bytes of all cases in memory, keys and values; beyond it the oldest are dropped."""
LARGEST = 64 << 10
"""Bytes of a case or verdict; a larger one is skipped."""
EVERY_SECONDS = 5.0
"""How often new records are read."""
FRESH_SECONDS = 1.0
"""How old the last read may be when a request comes."""
# Above all offsets.
_EVERY = 2**63
# Memory of a case besides its key and value.
_ENTRY_BYTES = 400


class IndexedCase(NamedTuple):
    """A case; cases are ordered by time, partition and offset.

    Attributes:
        written: Kafka's timestamp, epoch ms; not less than that of the record before in the partition.
        partition: of ``pulse.case``.
        offset: in this partition.
        id: its key.
        rule: by which it was opened.
        value: its JSON.
    """

    written: int
    partition: int
    offset: int
    id: str
    rule: str
    value: bytes

    @property
    def case(self) -> dict[str, Any]:
        """The case as the rule wrote it."""
        case: dict[str, Any] = msgspec.json.decode(self.value)
        return case

    @property
    def size(self) -> int:
        """Approximate bytes of memory."""
        return len(self.value) + len(self.id) + _ENTRY_BYTES


class _CaseRule(msgspec.Struct):
    rule: str = ""


class CaseIndex:
    """Follows the topics of cases and references, and answers from memory.

    For example ``between(since, until, None, frozenset({"FR1"}))``: the cases of a rule by time.

    Args:
        log: holds both topics, and is read by offset.
        partitions: the number of those of ``pulse.case``.
        reference: full name of the reference topic.
        most_bytes: of all cases in memory.
        fresh_seconds: how old the last read may be when a request comes.
    """

    def __init__(
        self,
        log: TimedLog,
        partitions: int,
        reference: str,
        most_bytes: int = MOST_BYTES,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        self._log = log
        self._reference = reference
        self._most_bytes = most_bytes
        self._fresh_seconds = fresh_seconds
        self._places = [_Place(CASE_TOPIC, number) for number in range(partitions)]
        self._verdict_place = _Place(reference, 0)
        self._entries: list[IndexedCase] = []
        self._by_id: dict[str, IndexedCase] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._bytes = 0
        self._reading: asyncio.Task[None] | None = None
        self._read_at = float("-inf")
        self.since = 0
        """Epoch ms since which every case of the topic is in memory."""

    async def run(self) -> None:
        """Follow the topics until cancelled, so that requests find little left to read."""
        last_warning = ""
        while True:
            try:
                await self.catch_up()
                last_warning = ""
            except PulseError as error:
                if str(error) != last_warning:
                    logger.warning("cases stand still: %s", error)
                last_warning = str(error)
            # Requests read by themselves if the last read is too old for them.
            await asyncio.sleep(EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Read new records, unless that was done a moment ago; concurrent requests share one read.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        if self._reading is None or self._reading.done():
            now = asyncio.get_running_loop().time()
            if now - self._read_at < self._fresh_seconds:
                return
            self._reading = asyncio.create_task(self._read(now))
            self._reading.add_done_callback(_take_error)
        # Who gives up waiting does not end it for the others.
        await asyncio.shield(self._reading)

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def between(
        self, since: int, until: int, after: tuple[int, int, int] | None, rules: frozenset[str] | None
    ) -> Iterator[tuple[IndexedCase, Verdict | None]]:
        """The cases of a span of time, the oldest first, each with its newest verdict.

        Args:
            since: begin of the span, epoch ms, inclusive.
            until: end of the span, epoch ms, exclusive.
            after: time, partition and offset of the last case that was already returned; None: none was.
            rules: names of rules; None: all.
        """
        # Partition and offset -1 sort before every entry of the same time.
        place = (since, -1, -1) if after is None else after
        first = bisect_right(self._entries, place, key=_place)
        end = bisect_left(self._entries, (until, -1, -1), key=_place)
        for entry in self._entries[first:end]:
            if rules is None or entry.rule in rules:
                yield entry, self._verdicts.get(entry.id)

    def get(self, case_id: str) -> IndexedCase | None:
        """The case of an id; None if it does not exist or is not in memory."""
        return self._by_id.get(case_id)

    def add_verdict(self, verdict: Verdict) -> None:
        """Take a verdict that was just written or read: the newest one counts."""
        before = self._verdicts.get(verdict.id)
        if verdict.id in self._by_id and (before is None or before.valid_from <= verdict.valid_from):
            self._verdicts[verdict.id] = verdict

    async def _read(self, now: float) -> None:
        # The end of the verdicts is asked for first: what they are about is among the cases by then.
        verdicts = await self._verdict_place.rest(self._log)
        for place in self._places:
            bounds = await place.rest(self._log)
            # Of a topic that was made anew nothing stays; else what retention has removed goes.
            self._drop_below(place.partition, _EVERY if place.is_anew else place.first)
            await self._read_place(place, bounds, self._add_case)
        await self._read_place(self._verdict_place, verdicts, self._add_entry)
        self._read_at = now

    async def _read_place(
        self, place: _Place, bounds: tuple[int, int], add: Callable[[_Place, int, int, bytes, bytes], None]
    ) -> None:
        async for batch in self._log.read(place.topic, place.partition, *bounds):
            stamps = np.maximum.accumulate(np.maximum(batch.timestamps, place.latest)).tolist()
            for at, (key, value) in enumerate(zip(batch.keys, batch.values, strict=True)):
                if key is not None and value is not None and len(key) + len(value) <= LARGEST:
                    add(place, stamps[at], int(batch.offsets[at]), key, value)
            place.latest = stamps[-1]
            place.following = int(batch.offsets[-1]) + 1
        place.following = bounds[1]

    def _add_case(self, place: _Place, written: int, offset: int, key: bytes, value: bytes) -> None:
        try:
            case_id, rule = key.decode(), msgspec.json.decode(value, type=_CaseRule).rule
        except (ValueError, msgspec.MsgspecError) as error:
            logger.warning("the case at offset %s of %s cannot be read: %s", offset, place.topic, error)
            return
        entry = IndexedCase(written, place.partition, offset, case_id, rule, value)
        insort(self._entries, entry)
        self._by_id[case_id] = entry
        self._bytes += entry.size
        if self._bytes > self._most_bytes:
            # A tenth more, so that it is not done again for each record.
            held, spared = 0, self._most_bytes * 9 // 10
            # From the newest entry backwards: the first one that exceeds the limit goes, with all older ones.
            for at in range(len(self._entries) - 1, -1, -1):
                held += self._entries[at].size
                if held > spared:
                    self.since = self._entries[at].written + 1
                    self._drop(set(self._entries[: at + 1]))
                    return

    def _add_entry(self, _place: _Place, _written: int, offset: int, key: bytes, value: bytes) -> None:
        if not key.startswith(f"{KIND}:".encode()):
            return
        entry = judged(value, DEFAULT_DAY_OFFSETS)
        if isinstance(entry, str):
            logger.warning("the verdict at offset %s is none: %s", offset, entry)
        elif entry.kind == KIND:
            assert entry.rule is not None
            assert entry.confirmed is not None
            given = entry.rule, entry.confirmed, entry.note or ""
            self.add_verdict(_verdict(entry.id, entry.valid_from, *given))

    def _drop_below(self, partition: int, offset: int) -> None:
        """Drop the cases of a partition below an offset."""
        self._drop(
            {entry for entry in self._entries if entry.partition == partition and entry.offset < offset}
        )

    def _drop(self, dropped: set[IndexedCase]) -> None:
        if not dropped:
            return
        self._entries = [entry for entry in self._entries if entry not in dropped]
        self._bytes -= sum(entry.size for entry in dropped)
        for entry in dropped:
            if self._by_id.get(entry.id) == entry:
                del self._by_id[entry.id]
                self._verdicts.pop(entry.id, None)


def _verdict(case_id: str, given_at: int, rule: str, confirmed: bool, note: str) -> Verdict:
    return Verdict(kind=KIND, id=case_id, valid_from=given_at, rule=rule, confirmed=confirmed, note=note)


class _Place:
    """A partition, and how far it was read."""

    def __init__(self, topic: str, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        self.first = 0
        self.following = 0
        self.latest = 0
        self.is_anew = False

    async def rest(self, log: TimedLog) -> tuple[int, int]:
        """The first offset still to be read, and the end; from the start if the topic was recreated."""
        self.first, end = await log.bounds(self.topic, self.partition)
        self.is_anew = self.following > end
        if self.is_anew:
            self.following = self.latest = 0
        self.following = max(self.following, self.first)
        return self.following, end


def _place(entry: IndexedCase) -> tuple[int, int, int]:
    return entry[:3]


def _take_error(task: asyncio.Task[None]) -> None:
    """Retrieve a read's error, which asyncio would report as never retrieved if no request awaits it."""
    if not task.cancelled():
        task.exception()
