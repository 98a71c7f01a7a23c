"""The evidence about the signals of a merge lane's apps: slots of sums in, verdicts out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.catalog.declaration.labels import OTHER
from creator_pulse.stream.catalog.declaration.signals import EVERY_TOPIC, SLOT_MS
from creator_pulse.stream.evidence.evidence import Evidence
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.panes.rows import bounded_column, unpacked
from creator_pulse.stream.panes.tables import EVERY, slot_tables_of
from creator_pulse.stream.settings import APPS
from creator_pulse.stream.windows.plans import NO_PLANS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.evidence.verdict import SignalVerdict
    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.pane_record import Partial
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.progress import Progress

PIPELINE = ""
"""Stands for the app in the evidence about the pipeline itself, whose regions are the topics."""
_END_OF_APP = b"\0"


def entry_name(app: str, key: bytes) -> bytes:
    """The name of an entry of an app's evidence in the lane's changelog."""
    return app.encode() + _END_OF_APP + key


class AppEvidence:
    """The expectations of some apps' signals, and the evidence against them.

    Slots close with the watermark of their topic after every pane record, so the state is a function of the
    pane records in their order, wherever checkpoints fall.

    Args:
        partition: of the merge lane: it has the apps whose signals are sent to it.
        settings: regions with series of their own, number of merge lanes.
        catalogue: declares the signals and their measures.
        topics: input topics that are read, without prefix.
        references: with the calendar of announced days; shared, changed only between batches.

    Example::

        evidence.add(partial)  # of each pane record
        evidence.close(progress)  # once its watermark has been heard
        evidence.verdicts
    """

    def __init__(
        self,
        partition: int,
        settings: Settings,
        catalogue: Catalogue,
        topics: Collection[str],
        references: References = NO_PLANS,
    ) -> None:
        tables = slot_tables_of(catalogue)
        self._tables: dict[str, Table] = {table.name: table for table in tables.values()}
        self._regions = {app: frozenset(settings.regions.get(app, ())) for app in APPS}
        pipeline = [signal for signal in catalogue.signals if signal.topic == EVERY_TOPIC]
        of_apps = [signal for signal in catalogue.signals if signal.topic != EVERY_TOPIC]

        def here(*routed: str) -> bool:
            return route(routed, settings.merge_partitions) == partition

        self._of: dict[str, Evidence] = {app: Evidence(of_apps, app) for app in APPS if of_apps and here(app)}
        if pipeline and here():
            self._of[PIPELINE] = Evidence(pipeline, PIPELINE)
        for app, of_app in self._of.items():
            of_app.calendar(partial(references.announced, app))
        named = dict.fromkeys(signal.topic for signal in catalogue.signals)
        self._topics = (tuple(topics) if EVERY_TOPIC in named else tuple(named)) if self._of else ()
        # Topic -> up to where its slots are closed; at most what the states themselves know.
        self._closed: dict[str, int] = {}
        self._verdicts: tuple[SignalVerdict, ...] | None = None

    def add(self, partial: Partial) -> bool:
        """Take a partial aggregate if it is of slots.

        Returns:
            whether it is.

        Raises:
            ValueError: it is damaged.
        """
        table = self._tables.get(partial.table)
        if table is None:
            return False
        rows = unpacked(partial.rows, partial.keys, partial.sums, table.columns)
        if rows.keys.shape[1] != 1:
            raise ValueError(f"sums of {table.name} have one key")
        # The key of a row is the number of its slot.
        starts = rows.keys[:, 0].astype(np.int64) * SLOT_MS
        columns = {measure: bounded_column(table, rows.sums, measure) for measure in table.measures}
        for lot, own in partial.spans():
            app, region = self._place(table, lot.labels)
            if app in self._of:
                for measure, column in columns.items():
                    if column[own].any():
                        self._of[app].add_columns(measure, region, starts[own], column[own])
        return True

    def _place(self, table: Table, labels: Labels) -> tuple[str, str]:
        """App and region, as the evidence tells them apart."""
        if table.event == EVERY:
            return PIPELINE, labels[0]
        # Another label of the merge key may follow: it chooses the lane, and no signal is told apart by it.
        app, region = labels[:2]
        return app, region if region in self._regions.get(app, ()) else OTHER

    def close(self, progress: Progress) -> None:
        """Close the slots that the watermarks of their topics have passed."""
        for topic, until in progress.passed(self._topics, self._closed):
            self._verdicts = None
            for of_app in self._of.values():
                of_app.close(topic, until)

    @property
    def verdicts(self) -> tuple[SignalVerdict, ...]:
        """The verdicts as of the slots that are closed."""
        if self._verdicts is None:
            self._verdicts = tuple(verdict for of_app in self._of.values() for verdict in of_app.verdicts())
        return self._verdicts

    def drain(self) -> Iterator[Entry]:
        """Changelog entries changed since the last call."""
        for app, of_app in self._of.items():
            for key, value in of_app.drain():
                # An entry of nothing is dropped.
                yield entry_name(app, key), value or None

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave; of an app that is not here any more it is passed over."""
        app, _, key = name.partition(_END_OF_APP)
        of_app = self._of.get(app.decode())
        if of_app is not None:
            of_app.restore(key, value)

    def resume(self) -> None:
        """Go on from a restored state."""
        for of_app in self._of.values():
            of_app.resume()
