"""Generated records on their way to the log: some are held back, reordered or sent again."""

from __future__ import annotations

import functools
from itertools import islice
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.generator import events
from creator_pulse.stream.generator.world import DENSE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

START_MS = 1_760_000_040_000
_RATE = 4.0
# Number of different record streams; seeds that share one still differ in how it reaches the log.
_STREAMS = 6
_MOST_HELD = 40


class _Stream:
    """The records of one run of the generator, generated once per process and then shared."""

    def __init__(self, number: int, partitions: int, quiet_partitions: int) -> None:
        self._generated = events(number, _RATE, START_MS, partitions, quiet_partitions, world=DENSE)
        self._records: list[Produced] = []

    def part(self, start: int, count: int) -> list[Produced]:
        """``count`` records from index ``start`` on."""
        # Generate only the records that no earlier run of this process has asked for.
        missing = start + count - len(self._records)
        self._records += islice(self._generated, max(0, missing))
        return self._records[start : start + count]


_stream = functools.cache(_Stream)


class Traffic:
    """The producers of a run.

    Args:
        seed: chooses a run of the generator, which itself adds duplicates, late and broken records.
        rng: chooses which records are held back, reordered or repeated.
        topics: the input topics of the run, without prefix.
        settings: number of partitions of each topic.
        story: records every deviation from plain order.
    """

    def __init__(
        self, seed: int, rng: Random, topics: Sequence[str], settings: Settings, story: Story
    ) -> None:
        # Generating records costs more than simulating them, so streams are shared by seeds.
        self._stream = _stream(seed % _STREAMS, settings.partitions, settings.quiet_partitions)
        self._topics = frozenset(topics)
        self._position = 0
        self._rng = rng
        self._story = story
        self._held: list[Produced] = []
        self._sent: list[Produced] = []

    def take(self, count: int) -> list[Produced]:
        """The next records in the order in which they reach the log.

        Args:
            count: number of records to generate; those of topics outside the run are dropped.
        """
        records = [
            record for record in self._stream.part(self._position, count) if record.topic in self._topics
        ]
        self._position += count
        # 15 % of the chunks are held back, 15 % release such records, 10 % are shuffled, 15 % are repeated.
        how = self._rng.random()
        if how < 0.15:
            self._held += records[:_MOST_HELD]
            records = records[_MOST_HELD:]
            self._story.tell("producer", f"holds {len(self._held)} records back")
        elif how < 0.3 and self._held:
            self._story.tell("producer", f"sends {len(self._held)} records that it held back")
            records, self._held = self._held + records, []
        elif how < 0.4:
            self._rng.shuffle(records)
            self._story.tell("producer", "sends in another order")
        elif how < 0.55 and self._sent:
            again = self._rng.randint(1, len(self._sent))
            self._story.tell("producer", f"sends {again} records again")
            records = records + self._sent[:again]
        self._sent = records[-_MOST_HELD:]
        return records

    def rest(self) -> list[Produced]:
        """The records that are still held back."""
        records, self._held = self._held, []
        return records
