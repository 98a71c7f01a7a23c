"""Compares the workers' pages with the ledger while both go on counting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from creator_pulse.proof.ledger.samples import ScrapedSample, parse
from creator_pulse.proof.ledger.verify import Difference, compare
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.exposition.bounded_body import bounded_body
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.names import PANE_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger, LogPlace

_TIMEOUT = aiohttp.ClientTimeout(total=5)
OFFSET = "pulse_committed_offset"


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """The metrics pages of all workers at one moment.

    Attributes:
        samples: samples of every page.
        offsets: committed source offset by input partition.
        whole: whether every partition of every input topic is shown exactly once.
        by_target: by ``host:port`` of each worker that answered, the committed offset of each lane there.
    """

    samples: Sequence[ScrapedSample]
    offsets: dict[LogPlace, int]
    whole: bool
    by_target: Mapping[str, Mapping[LogPlace, int]]

    def total(self, family: str) -> float:
        """The sum of a metric family over all series of input topics."""
        return sum(s.value for s in self.samples if s.name == family and s.labels.get("topic") != PANE_LABEL)

    def lag(self) -> int:
        """Lag in records, all stages."""
        return round(sum(s.value for s in self.samples if s.name == "pulse_consumer_lag_records"))

    def watermark_seconds(self) -> float | None:
        """The lowest watermark of the partitions that are not idle, epoch seconds; None if there is none."""
        idle = {
            (s.labels["topic"], s.labels["partition"])
            for s in self.samples
            if s.name == "pulse_partition_idle" and s.value
        }
        marks = [
            s.value
            for s in self.samples
            if s.name == "pulse_watermark_timestamp_seconds"
            and s.value
            and (s.labels["topic"], s.labels["partition"]) not in idle
        ]
        return min(marks, default=None)


async def take_snapshot(settings: Settings, targets: Iterable[str]) -> PageSnapshot:
    """Scrape all workers; if one does not answer, it is left out."""
    hosts = list(targets)
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        pages = await asyncio.gather(*(_page(session, target) for target in hosts))
    samples = [sample for page in pages for sample in page]
    by_target = {target: _offsets(page) for target, page in zip(hosts, pages, strict=True) if page}
    owned_places = [
        place for owned in by_target.values() for place in owned.items() if place[0][0] in INPUT_TOPICS
    ]
    offsets = dict(owned_places)
    expected = sum(map(settings.partitions_of, INPUT_TOPICS))
    # Whole if each partition is on exactly one page: as many as are expected, and none twice.
    return PageSnapshot(samples, offsets, len(owned_places) == len(offsets) == expected, by_target)


async def differences(
    ledger: DeferredLedger, settings: Settings, snapshot: PageSnapshot
) -> list[Difference] | None:
    """Compare the totals at the committed offsets.

    Returns:
        the differences; None if the snapshot cannot be compared, for example because a lane is moving
        or an acknowledgement is still under way.
    """
    # Compared as of the committed offsets: the ledger counts up to there, and no further.
    if not snapshot.whole or not await ledger.count_to(snapshot.offsets):
        return None
    return compare("workers", ledger.truth, settings, snapshot.samples)


def _offsets(page: Iterable[ScrapedSample]) -> dict[LogPlace, int]:
    """Committed offset by partition, on one page."""
    return {(s.labels["topic"], int(s.labels["partition"])): int(s.value) for s in page if s.name == OFFSET}


async def _page(session: aiohttp.ClientSession, target: str) -> list[ScrapedSample]:
    try:
        async with session.get(f"http://{target}/metrics") as answer:
            return list(parse((await bounded_body(answer)).decode()))
    except (aiohttp.ClientError, TimeoutError, UnreachableError):
        return []
