"""Generated records on their way to the log: some held back, some in another order, some sent again."""

from __future__ import annotations

import functools
from itertools import islice
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.generator import events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

START_MS = 1_760_000_040_000
_RATE = 4.0
_STREAMS = 6
"""Streams of records that are made; what else differs between seeds is how they reach the log."""
_MOST_HELD = 40


class _Stream:
    """The records of one run of the generator, made once in a process."""

    def __init__(self, number: int, partitions: int, quiet_partitions: int) -> None:
        self._made = events(number, _RATE, START_MS, partitions, quiet_partitions)
        self._records: list[Produced] = []

    def part(self, start: int, count: int) -> list[Produced]:
        """So many records from the ``start``-th on."""
        missing = start + count - len(self._records)
        self._records += islice(self._made, max(0, missing))
        return self._records[start : start + count]


_stream = functools.cache(_Stream)


class Traffic:
    """The producers.

    Args:
        seed: chooses a run of the generator, which adds duplicates, late and broken records of its own.
        rng: of the run.
        topics: input topics without prefix that there are.
        settings: partitions of each.
        story: where it is told.
    """

    def __init__(
        self, seed: int, rng: Random, topics: Sequence[str], settings: Settings, story: Story
    ) -> None:
        self._stream = _stream(seed % _STREAMS, settings.partitions, settings.quiet_partitions)
        self._topics = frozenset(topics)
        self._made = 0
        self._rng = rng
        self._story = story
        self._held: list[Produced] = []
        self._sent: list[Produced] = []

    def take(self, count: int) -> list[Produced]:
        """The next records as they reach the log.

        Args:
            count: that are made; those of topics that are not there are left out.
        """
        found = [one for one in self._stream.part(self._made, count) if one.topic in self._topics]
        self._made += count
        how = self._rng.random()
        if how < 0.15:
            self._held += found[:_MOST_HELD]
            found = found[_MOST_HELD:]
            self._story.tell("producer", f"holds {len(self._held)} records back")
        elif how < 0.3 and self._held:
            self._story.tell("producer", f"sends {len(self._held)} records that it held back")
            found, self._held = self._held + found, []
        elif how < 0.4:
            self._rng.shuffle(found)
            self._story.tell("producer", "sends in another order")
        elif how < 0.55 and self._sent:
            again = self._rng.randint(1, len(self._sent))
            self._story.tell("producer", f"sends {again} records again")
            found = found + self._sent[:again]
        self._sent = found[-_MOST_HELD:]
        return found

    def rest(self) -> list[Produced]:
        """What is still held back."""
        found, self._held = self._held, []
        return found
