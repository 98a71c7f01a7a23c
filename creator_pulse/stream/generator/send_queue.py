"""Turns events into records in send order, with late, duplicate, invalid and test records among them."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.faults import break_bytes, break_meaning
from creator_pulse.stream.generator.model import Actor, Creator, Produced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

MALFORMED = 0.0010
SEMANTIC = 0.0005
FUTURE = 0.0002
DUPLICATES = 0.005
DOUBLED = 0.0005
"""Share of records that are repeated under another event id, as by a producer that books twice."""
TEST = 0.001
WITHOUT_INGEST = 0.1
"""Share of records without the gateway's ingest time."""
_LEAST_DELAY_MS = 200
# Topics in which a repeated record would be an illegal transition, and so invalid.
_STEPWISE = {"deal"}
_FUTURE_MS = 121_000
_HELD_MS = 60_000


class SendQueue:
    """Collects events and yields records in send order.

    Lateness: 97 % 0.2 s + exp(0.8 s); 2.5 % lognormal of median 60 s and sigma 1.2; 0.5 % lognormal
    of median 2 h and sigma 1.0. A record more than a minute late is not held back but sent at once with an
    event time in the past, which gives the same mix from the first second and in bounded memory.

    Args:
        rng: source of all randomness.
        name: prefix of event ids, unique for a run.
        partitions: number of partitions of each input topic.

    Attributes:
        count: number of records so far, including repeated ones.
    """

    def __init__(self, rng: Random, name: str, partitions: Mapping[str, int]) -> None:
        self._rng = rng
        self._name = name
        self._partitions = partitions
        self._heap: list[tuple[int, int, str, Creator, bytes | None]] = []
        self.count = 0

    def put(
        self, topic: str, actor: Actor, kind: str, time_ms: float, own: str, *, ordered: bool = False
    ) -> int:
        """Put an event.

        Args:
            topic: input topic without prefix.
            actor: the subject of the event.
            kind: event type, for example ``gift_sent``.
            time_ms: virtual time of the event; not before the last ``take``.
            own: the event's own fields as JSON, each with a comma before it.
            ordered: if set, a late event is never held back but has an event time in the past, so that events
                a few seconds apart stay in order.

        Returns:
            the event time of the record, which is in the past if the record is late, epoch ms.
        """
        rng = self._rng
        event_ms, send_ms = self._times(time_ms, 0 if ordered else _HELD_MS)
        # One roll decides. From 0 upwards lie malformed, semantic, future, duplicate and test records, then
        # plain ones, and at the upper end those that are booked twice.
        roll = rng.random()
        if MALFORMED + SEMANTIC <= roll < MALFORMED + SEMANTIC + FUTURE:
            # Just beyond the two minutes that the contract allows, and rarely far beyond.
            event_ms = send_ms + _FUTURE_MS + int(rng.expovariate(1 / _HELD_MS))
        self.count += 1
        # The field is optional, so readers must do without it.
        ingest = "" if rng.random() < WITHOUT_INGEST else f',"ingest_time":{send_ms}'
        rest = f'"event_type":"{kind}","schema_version":1,"event_time":{event_ms},{actor.text}{own}{ingest}}}'
        text = f'{{"event_id":"{self._name}{self.count:x}",{rest}'
        if roll < MALFORMED + SEMANTIC + FUTURE + DUPLICATES + TEST:
            self._push(send_ms, topic, actor.creator, self._special(roll, text, topic, actor, send_ms))
        else:
            self._push(send_ms, topic, actor.creator, text.encode())
            # The same record again under an id of its own: the suffix makes it a different event.
            if roll >= 1 - DOUBLED and topic not in _STEPWISE:
                self._repeat(f'{{"event_id":"{self._name}{self.count:x}-",{rest}', topic, actor, send_ms)
        return event_ms

    def put_time(self, topic: str, key: Creator, time_ms: int, text: str) -> None:
        """Put a time record, which is sent at once and has no faults.

        Args:
            topic: input topic without prefix.
            key: creator whose ``spread`` is the partition.
            time_ms: event time, ingest time and send time, epoch ms.
            text: all fields but id, version and times, as JSON without braces.
        """
        self.count += 1
        value = (
            f'{{"event_id":"{self._name}{self.count:x}","schema_version":1,"event_time":{time_ms},'
            f'"ingest_time":{time_ms},"is_test":true,{text}}}'
        )
        self._push(time_ms, topic, key, value.encode())

    def take(self, until_ms: float) -> Iterator[Produced]:
        """Yield the records that are sent before a virtual time, in send order."""
        heap = self._heap
        while heap and heap[0][0] < until_ms:
            send_ms, _, topic, creator, value = heappop(heap)
            yield Produced(topic, creator.key, value, send_ms, creator.spread % self._partitions[topic])

    def _push(self, send_ms: int, topic: str, creator: Creator, value: bytes | None) -> None:
        # The count breaks ties, so that records of one millisecond keep their order.
        heappush(self._heap, (send_ms, self.count, topic, creator, value))

    def _times(self, time_ms: float, most_held_ms: int) -> tuple[int, int]:
        """Event time and send time of an event at a virtual time; held back by at most ``most_held_ms``."""
        rng = self._rng
        roll = rng.random()
        # Exponential with a mean of 800 ms; 1 - random() is never 0, so its logarithm is finite.
        if roll < 0.97:
            return int(time_ms), int(time_ms + _LEAST_DELAY_MS - 800 * math.log(1.0 - rng.random())) + 1
        if roll < 0.995:
            # A minute in the median, rarely hours: most of them still restate their windows.
            late = rng.lognormvariate(math.log(60_000), 1.2)
        else:
            # Late by two hours in the median: beyond what the short windows are restated for.
            late = rng.lognormvariate(math.log(7_200_000), 1.0)
        # Held back if that is short; else sent at once, with an event time that is earlier by the lateness.
        if late <= most_held_ms:
            return int(time_ms), int(time_ms + late) + 1
        return int(time_ms + _LEAST_DELAY_MS - late), int(time_ms) + _LEAST_DELAY_MS + 1

    def _special(self, roll: float, text: str, topic: str, actor: Actor, send_ms: int) -> bytes | None:
        rng = self._rng
        if roll < MALFORMED:
            return break_bytes(text, rng)
        if roll < MALFORMED + SEMANTIC:
            return break_meaning(text, rng)
        if roll < MALFORMED + SEMANTIC + FUTURE + DUPLICATES:
            if roll >= MALFORMED + SEMANTIC + FUTURE:
                self._repeat(text, topic, actor, send_ms)
            return text.encode()
        return f'{text[:-1]},"is_test":true}}'.encode()

    def _repeat(self, text: str, topic: str, actor: Actor, send_ms: int) -> None:
        """Put a copy, which is sent within 5 s (80 %), 10 min (15 %) or half an hour (5 %)."""
        rng = self._rng
        roll = rng.random()
        # Repeats come within seconds, minutes or half an hour: within the dedup horizon of the settings.
        low, high = (50, 5_000) if roll < 0.8 else (5_000, 600_000) if roll < 0.95 else (600_000, 1_800_000)
        self._push(send_ms + int(rng.uniform(low, high)), topic, actor.creator, text.encode())
        self.count += 1
