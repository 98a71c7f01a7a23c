"""The evidence of an app, or of the pipeline."""

from __future__ import annotations

from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.catalog.declaration.signals import EVERY_TOPIC, SLOT_MS
from creator_pulse.stream.evidence.changelog import entries, restored, topic_of
from creator_pulse.stream.evidence.history import BLOCK_MS, WHOLE
from creator_pulse.stream.evidence.topic import TopicEvidence
from creator_pulse.stream.evidence.viewers import Viewers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.catalog.declaration.signals import Signal
    from creator_pulse.stream.evidence.verdict import SignalVerdict

    Ints = NDArray[np.int64]

WATCH = "watch"
"""The topic that says how many viewers are there."""


class Evidence:
    """Expectation and evidence of an app, or of the pipeline, whose app is empty.

    The state follows from the increments and closes in their order alone: however they are put together into
    calls, the verdicts are the same to the bit. Topics are apart: only the order within a topic counts, and
    where the closes of ``watch`` fall between those of the others.

    Args:
        signals: those of the app, or those of every topic (``*``) for the pipeline.
        app: label of the verdicts; empty for the pipeline, whose regions are topics.
        step_ms: length of a slot: 10 s, or a minute where nothing shorter is known.

    Example:
        >>> from creator_pulse.stream.catalog.declaration.signals import Signal
        >>> gifts = Signal("gifts", topic="gift", tool="gift", count="gifts", help="gifts")
        >>> evidence = Evidence((gifts,), "tiktok")
        >>> evidence.add("gifts", "US", 0, 7)
        >>> evidence.close("gift", 10_000)
        >>> [(verdict.region, verdict.speed, verdict.history) for verdict in evidence.verdicts()]
        [('', 'fast', 'none'), ('', 'slow', 'none'), ('US', 'fast', 'none'), ('US', 'slow', 'none')]
    """

    def __init__(self, signals: Sequence[Signal], app: str, *, step_ms: int = SLOT_MS) -> None:
        self._app = app
        self._step_ms = step_ms
        self._factor: Callable[[str, int], float] = lambda _tool, _ms: 1.0
        self._viewers = Viewers()
        self._every = tuple(signal for signal in signals if signal.topic == EVERY_TOPIC)
        ordered = sorted((each for each in signals if each.topic != EVERY_TOPIC), key=attrgetter("topic"))
        self._topics: dict[str, TopicEvidence] = {}
        self._topics_of: dict[str, list[TopicEvidence]] = {}
        for topic, group in groupby(ordered, key=attrgetter("topic")):
            self._open_topic(topic, tuple(group), WHOLE)
        self._viewers.topic = self._topics.get(WATCH)
        self._restoring: dict[bytes, bytes] = {}

    def _open_topic(self, topic: str, signals: tuple[Signal, ...], name: str) -> TopicEvidence:
        evidence = self._topics[topic] = TopicEvidence(
            signals, self._app, name, self._step_ms, self._calendar, self._viewers
        )
        if not name:
            for measure in evidence.history.measures:
                self._topics_of.setdefault(measure, []).append(evidence)
        return evidence

    def add(self, measure: str, region: str, start_ms: int, total: int) -> None:
        """Add an increment of a measure in one slot. If the slot is closed it still teaches.

        Args:
            measure: id; one that no signal has is nothing.
            region: of the app, or the topic in the evidence of the pipeline.
            start_ms: begin of the slot, epoch ms.
            total: the increment, in units of the measure.
        """
        self.add_columns(measure, region, np.array((start_ms,)), np.array((total,)))

    def add_columns(self, measure: str, region: str, starts_ms: Ints, totals: Ints) -> None:
        """Add many increments of a measure.

        Args:
            measure: id of a measure of some signal.
            region: of the app, or the topic in the evidence of the pipeline.
            starts_ms: begin of each slot, epoch ms.
            totals: the increment of each slot.
        """
        slots = starts_ms // self._step_ms
        for evidence in self._topics_of.get(measure, ()):
            evidence.add(measure, region, slots, totals)
        if any(measure in signal.measures for signal in self._every):
            self._of_pipeline(region).add(measure, WHOLE, slots, totals)

    def teach(self, measure: str, region: str, starts_ms: Ints, totals: Ints) -> None:
        """Take sums of blocks of five minutes from before the first close, of which expectations are made.

        Args:
            measure: id; one that no signal has is nothing.
            region: of the app, or the topic in the evidence of the pipeline.
            starts_ms: begin of each block, epoch ms, not older than five weeks at the first close.
            totals: the count of each block.
        """
        blocks = starts_ms // BLOCK_MS
        for evidence in self._topics_of.get(measure, ()):
            evidence.teach(measure, region, blocks, totals)
        if any(measure in signal.measures for signal in self._every):
            self._of_pipeline(region).teach(measure, WHOLE, blocks, totals)

    def close(self, topic: str, until_ms: int) -> None:
        """Close the slots of a topic that end at or before a time, in order.

        Args:
            topic: its name without prefix.
            until_ms: its watermark, epoch ms; one that goes back closes nothing.
        """
        if self._every:
            self._of_pipeline(topic)
        evidence = self._topics.get(topic)
        if evidence is not None:
            evidence.close(until_ms)

    def calendar(self, factor: Callable[[str, int], float]) -> None:
        """Set the calendar of announced days.

        Args:
            factor: tool and epoch ms to how many times the usual volume.
        """
        self._factor = factor

    def verdicts(self, least: float = 0.0) -> Iterator[SignalVerdict]:
        """The verdicts on every series as of the last closes, in a fixed order.

        Args:
            least: only of signals and regions with a score of this or more, in any direction and speed.
        """
        return chain.from_iterable(each.verdicts(least) for _, each in sorted(self._topics.items()))

    def drain(self) -> Iterator[tuple[bytes, bytes]]:
        """The changelog entries that changed since the last call; an empty value stands for nothing."""
        for topic, evidence in sorted(self._topics.items()):
            yield from entries(topic, evidence)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back an entry; the last one of a key counts. ``resume`` puts them together."""
        self._restoring[key] = value

    def resume(self) -> None:
        """Go on from the restored entries."""
        by_topic: dict[str, dict[bytes, bytes]] = {}
        for key, value in self._restoring.items():
            by_topic.setdefault(topic_of(key), {})[key] = value
        self._restoring = {}
        for topic, values in sorted(by_topic.items()):
            if self._every:
                self._of_pipeline(topic)
            if topic in self._topics:
                restored(topic, self._topics[topic], values)

    def _of_pipeline(self, topic: str) -> TopicEvidence:
        return self._topics.get(topic) or self._open_topic(topic, self._every, topic)

    def _calendar(self, tool: str, time_ms: int) -> float:
        return self._factor(tool, time_ms)
