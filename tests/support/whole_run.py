"""A seeded run of the whole catalogue in memory, and everything that comes out of it as lines of text.

``python -m tests.support.whole_run FOLDER`` writes a file of lines for each part, so that the folders of two
checkouts can be compared with ``diff -r``.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections import defaultdict
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
from prometheus_client.registry import CollectorRegistry

from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.exposition.helps import HELPS
from creator_pulse.stream.exposition.page import Page
from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import DENSE
from creator_pulse.stream.settings import INPUT_TOPICS
from creator_pulse.stream.topology import PRODUCT
from creator_pulse.stream.transport.names import (
    CASE_TOPIC,
    DEAD_TOPIC,
    LATE_TOPIC,
    WINDOW_TOPIC,
)
from creator_pulse.stream.windows.restating import COMMITS
from tests.support.changelog_text import merge_state, source_state, written
from tests.support.lane_harness import MERGES, PARTITIONS, SMALL, SOURCES, START, Harness
from tests.support.odd_bursts import burst, last_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.stream.generator.model import Produced

SETTINGS = msgspec.structs.replace(
    SMALL,
    dedup_horizon_ms=300_000,
    provisional_interval=60.0,
    regions={"tiktok": ("US",), "douyin": ("CN",)},
)
"""Few regions, so that most fall into ``other``; provisional results every other round."""
_HOUR_MS = 3_600_000
_DAY_HOURS = 24
_TICK = 11.0
"""Seconds between two rounds of commits."""


def stretches() -> Iterator[list[Produced]]:
    """The input, stretch by stretch; workers come to the end of each before the next one is written.

    Traffic of some minutes with duplicates, late and invalid records, streaks and offenders; bursts of events
    of every type with any values on three days, before and after the hours at which business days end;
    traffic of the first of them again, which is late for most windows; and time records that end all windows
    but the longest.
    """
    rng = Random(13)
    yield _traffic(1, START, 1_200, offenders=0.05)
    yield _bursts(rng, (8, 15))
    yield _traffic(2, START + 15 * _HOUR_MS, 500)
    yield [*_bursts(rng, (_DAY_HOURS + 7,)), *_traffic(3, START + _HOUR_MS, 300)]
    yield _bursts(rng, (_DAY_HOURS * 9 + 8,))
    yield [record for topic in TOPICS for record in last_word(topic, _DAY_HOURS * 30, rng)]


def _traffic(seed: int, start_ms: int, count: int, offenders: float = 0.0) -> list[Produced]:
    records = events(seed, 8, start_ms, PARTITIONS, PARTITIONS, world=DENSE, offenders=offenders)
    return list(islice(records, count))


def _bursts(rng: Random, hours: Sequence[int]) -> list[Produced]:
    return [record for hour in hours for topic in TOPICS for record in burst(topic, hour, 2, rng)]


class WholeRun(Harness):
    """Runs stretch by stretch, and notes what is shown at the end of each.

    Attributes:
        shown: by part, the lines of what is gone later: the input, the metrics page, the views, the state.
    """

    def __init__(self) -> None:
        super().__init__(settings=SETTINGS)
        self.shown: dict[str, list[str]] = defaultdict(list)

    async def play(self) -> None:
        """Run everything; every lane restarts from its changelog twice within each stretch."""
        await self.open()
        for records in stretches():
            self.append(records)
            self.shown["input"] += [repr(tuple(record)) for record in records]
            await self._restarted(SOURCES[1:8])
            await self.run(150, merge_most=7, tick=_TICK)
            await self._restarted((*SOURCES, *MERGES))
            self._show()

    async def _restarted(self, places: Sequence[tuple[str, int]]) -> None:
        """Read and commit two rounds, then open some lanes anew, and a merge lane before it has committed."""
        for _ in range(2):
            for place in SOURCES:
                await self.deliver(place, 60)
                await self.runners[place].commit()
            for place in MERGES:
                await self.deliver(place, 30)
        await self.runners[MERGES[1]].commit()
        await self.open(*places, MERGES[0])
        for place in MERGES * COMMITS:
            await self.runners[place].commit()
            self.clock.advance(1)

    def _show(self) -> None:
        page = Page(
            lambda: chain.from_iterable(self.runners[place].samples() for place in (*SOURCES, *MERGES)),
            {**PRODUCT.helps, **HELPS},
            CollectorRegistry(auto_describe=False),
        )
        self.shown["metrics"] += sorted(page.write("")[1].decode().splitlines())
        for place in MERGES:
            committed = self.runners[place].committed
            assert committed is not None
            self.shown["views"] += [
                f"{key} {value.decode()}" for key, value in sorted(committed.views.items())
            ]
        for topic in (*INPUT_TOPICS, "pane"):
            self._note_state(topic)

    def parts(self) -> dict[str, list[str]]:
        """Lines by part: input, outputs, pages, views, state as values, and the bytes of the changelog."""
        digests = dict(self.shown)
        for topic in (WINDOW_TOPIC, CASE_TOPIC, LATE_TOPIC, DEAD_TOPIC):
            # Only the order of the records of one key is promised.
            records = sorted(self.records(topic), key=lambda record: record[0] or b"")
            digests[topic] = [f"{key!r} {value!r}" for key, value in records]
        return digests

    def _note_state(self, topic: str) -> None:
        state = merge_state if topic == "pane" else source_state
        for number in range(PARTITIONS):
            live = self._live((topic, number))
            self.shown[f"state-{topic}"] += state(live)
            self.shown[f"changelog-{topic}"] += written(live, topic)

    def _live(self, place: tuple[str, int]) -> dict[bytes, bytes]:
        """The live entries of a lane's changelog, as compaction leaves them."""
        live: dict[bytes, bytes] = {}
        batch = self.log.batch(self.changelog(place), place[1], 0, 1 << 40)
        assert batch is not None
        for key, value in zip(batch.keys, batch.values, strict=True):
            assert key is not None
            live.pop(key, None)
            if value is not None:
                live[key] = value
        return live


async def whole_run() -> dict[str, list[str]]:
    """Lines by part of one run."""
    run = WholeRun()
    await run.play()
    return run.parts()


def digests(parts: dict[str, list[str]]) -> dict[str, str]:
    """For each part how many lines it has, and their SHA-256 to 16 digits."""
    digests = {}
    for name, lines in sorted(parts.items()):
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        digests[name] = f"{len(lines)} {digest[:16]}"
    return digests


def main(folder: Path) -> None:
    """Write a file for each part, and print the digests as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = asyncio.run(whole_run())
    for name, lines in parts.items():
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(digests(parts))) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
