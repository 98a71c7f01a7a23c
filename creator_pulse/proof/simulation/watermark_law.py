"""The watermarks that source lanes tell are the log's, and no window closes before the slowest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC
from creator_pulse.stream.windows import pane_record
from creator_pulse.stream.windows.watermark import NONE
from creator_pulse.stream.windows.window_record import WindowRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.stream.transport.batch import OutRecord

Source = tuple[str, int]
"""Input topic without prefix, and partition."""


class WatermarkLaw:
    """Hears of every committed transaction: retention may take pane records before anybody looks.

    Args:
        story: where it tells what is broken.
        sources: all input partitions.
    """

    def __init__(self, story: Story, sources: Iterable[Source]) -> None:
        self._story = story
        self._told: dict[Source, int] = {}
        """What each source told last."""
        self._busy = set(sources)
        """Sources that never said that they are idle: until they do, no window closes ahead of them."""

    def hold(self, truth: Truth) -> None:
        """Hold what was told last to the ledger."""
        for source, watermark in truth.watermarks.items():
            told = self._told.get(source)
            if told != watermark:
                self._story.broken(
                    "Window", f"{source} told the watermark {told}, the ledger has {watermark}"
                )

    def hear(self, records: Sequence[OutRecord]) -> None:
        """Take the records of one committed transaction."""
        panes = [one.value for one in records if one.topic == PANE_TOPIC and one.value is not None]
        if panes:
            # One lane's checkpoint; only its last part for a merge lane tells the new watermark.
            self._pane(max(map(pane_record.decode, panes), key=lambda one: one.watermark or NONE))
        for record in records:
            if record.topic == WINDOW_TOPIC and record.value is not None:
                self._result(msgspec.json.decode(record.value, type=WindowRecord))

    def _pane(self, record: pane_record.PaneRecord) -> None:
        """A source's watermark never falls."""
        source = (record.topic, record.partition)
        if record.idle:
            self._busy.discard(source)
        if record.watermark is not None:
            last = self._told.get(source, NONE)
            if record.watermark < last:
                self._story.broken("Window", f"{source} told the watermark {record.watermark} after {last}")
            self._told[source] = record.watermark

    def _result(self, record: WindowRecord) -> None:
        """A final is ahead of no busy source."""
        if record.state != "final":
            return
        topics = _topics_of(record)
        for source in sorted(self._busy):
            told = self._told.get(source, NONE)
            if source[0] in topics and told < record.watermark:
                self._story.broken(
                    "Window",
                    f"{record.name} {record.window} from {record.start} closed at {record.watermark}, "
                    f"when {source} was busy and had told {told}",
                )


def _topics_of(record: WindowRecord) -> frozenset[str]:
    """The topics whose watermarks close a result's window.

    Values of several topics may share a name: their fixed labels tell them apart, or the label ``topic``.
    """
    topic = record.labels.get("topic")
    made_of = [
        frozenset(CATALOGUE.topics_of(value))
        for value in CATALOGUE.values
        if value.name == record.name and value.fixed.items() <= record.labels.items()
    ]
    return frozenset.intersection(*(one for one in made_of if topic is None or topic in one))
