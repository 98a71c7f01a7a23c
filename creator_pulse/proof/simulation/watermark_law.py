"""The watermarks that source lanes announce are the log's, and no window closes ahead of the slowest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.lanes.watermark import NONE
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.sinks.window_record import WindowRecord
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.stream.transport.batch import OutRecord

Source = tuple[str, int]
"""Input topic without prefix, and partition."""


class WatermarkLaw:
    """Takes in every committed transaction, because retention may delete pane records before they are read.

    Args:
        story: records a broken law.
        sources: all input partitions.
    """

    def __init__(self, story: Story, sources: Iterable[Source]) -> None:
        self._story = story
        self._last_watermark: dict[Source, int] = {}
        """The last watermark that each source announced, epoch ms."""
        self._busy = set(sources)
        """Sources that never announced that they are idle; until one does, no window closes ahead of it."""

    def hold(self, truth: Truth) -> None:
        """Check the last announced watermarks against the ledger."""
        for source, watermark in truth.watermarks.items():
            announced = self._last_watermark.get(source)
            if announced != watermark:
                self._story.broken(
                    "Window", f"{source} told the watermark {announced}, the ledger has {watermark}"
                )

    def hear(self, records: Sequence[OutRecord]) -> None:
        """Take in the records of one committed transaction."""
        panes = [
            record.value for record in records if record.topic == PANE_TOPIC and record.value is not None
        ]
        if panes:
            # All panes are of one lane's checkpoint; only the last part per merge lane has the new watermark.
            self._pane(max(map(pane_record.decode, panes), key=lambda record: record.watermark or NONE))
        for record in records:
            if record.topic == WINDOW_TOPIC and record.value is not None:
                self._result(msgspec.json.decode(record.value, type=WindowRecord))

    def _pane(self, record: pane_record.PaneRecord) -> None:
        """Check that a source's watermark never falls."""
        source = (record.topic, record.partition)
        if record.idle:
            self._busy.discard(source)
        if record.watermark is not None:
            last = self._last_watermark.get(source, NONE)
            if record.watermark < last:
                self._story.broken("Window", f"{source} told the watermark {record.watermark} after {last}")
            self._last_watermark[source] = record.watermark

    def _result(self, record: WindowRecord) -> None:
        """Check that a final result is not ahead of a busy source."""
        if record.state != "final":
            return
        topics = _topics_of(record)
        for source in sorted(self._busy):
            announced = self._last_watermark.get(source, NONE)
            if source[0] in topics and announced < record.watermark:
                self._story.broken(
                    "Window",
                    f"{record.name} {record.window} from {record.start} closed at {record.watermark}, "
                    f"when {source} was busy and had told {announced}",
                )


def _topics_of(record: WindowRecord) -> frozenset[str]:
    """The topics whose watermarks close a result's window.

    Values of several topics may share a name; they differ in their fixed labels or the label ``topic``.
    """
    topic = record.labels.get("topic")
    per_value = [
        frozenset(CATALOGUE.topics_of(value))
        for value in CATALOGUE.values
        if value.name == record.name and value.fixed.items() <= record.labels.items()
    ]
    return frozenset.intersection(*(topics for topics in per_value if topic is None or topic in topics))
