"""What explains the signals of a merge lane's apps: sums by label in, timelines and contributors out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import OTHER, ZONED
from creator_pulse.stream.catalog.declaration.signals import TICKET_SCORE
from creator_pulse.stream.catalog.series_budget import CONTRIBUTORS
from creator_pulse.stream.contributors.contributors import Contributors
from creator_pulse.stream.contributors.explanation import explained, what
from creator_pulse.stream.contributors.names import BreakdownNames
from creator_pulse.stream.contributors.timeline import VIEW
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.panes.rows import bounded_column, unpacked
from creator_pulse.stream.panes.tables import PANE_MINUTE, breakdown_tables_of
from creator_pulse.stream.settings import APPS
from creator_pulse.stream.windows.rendered import NO_VIEWS, view_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.contributors.timeline import Timeline
    from creator_pulse.stream.evidence.verdict import SignalVerdict
    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.pane_record import Partial
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.progress import Progress

FAMILY = "pulse_contributor_ratio"
"""Share of a change that a contributor has, while the signal is not as usual."""
ALIKE = "everything alike"
"""The explanation of a change that is the same wherever one looks."""
# Minutes after which a timeline of what is as usual is made anew; signals take turns.
_TURN = 5
_END_OF_APP = b"\0"
_NAMES = b""
_MOST_TEXT = 80


class _View:
    """A timeline, and its JSON once somebody asks."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    @cached_property
    def json(self) -> bytes:
        return msgspec.json.encode(self.timeline)


class TimelineViews(Mapping[str, bytes]):
    """Timelines by the key of the view, encoded once somebody asks."""

    def __init__(self, views: Mapping[str, _View]) -> None:
        self._views = views

    def __getitem__(self, key: str) -> bytes:
        return self._views[key].json

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)


class Shown(NamedTuple):
    """The timelines and the series of contributors as of one commit."""

    views: Mapping[str, bytes]
    samples: tuple[Sample, ...]


class AppContributors:
    """The contributors to changes of the signals of some apps.

    Minutes close with the watermark of their topic after every pane record, as slots of evidence do: so the
    state is a function of the pane records in their order.

    Args:
        partition: of the merge lane: it has the apps whose signals are sent to it.
        settings: regions with series of their own, number of merge lanes.
        catalogue: declares signals, measures and breakdowns.
        key: of the installation, under which values are hashed.

    Example::

        contributors.add(partial)  # of each pane record
        contributors.close(progress)  # once its watermark has been heard
        contributors.shown(verdicts)
    """

    def __init__(self, partition: int, settings: Settings, catalogue: Catalogue, key: HashKey) -> None:
        tables = breakdown_tables_of(catalogue)
        self._tables: dict[str, tuple[str, Table]] = {
            table.name: (event, table) for event, table in tables.items()
        }
        self._partition = ("partition", str(partition))
        self._key = key
        self._names = BreakdownNames()
        columns = {event: table.measures for event, table in tables.items()}
        self._of = {
            app: Contributors(app, catalogue, columns, self._names)
            for app in APPS
            if columns and route((app,), settings.merge_partitions) == partition
        }
        self._topics = tuple(
            dict.fromkeys(catalogue.measures[names[0]].topic for names in columns.values())
            if self._of
            else ()
        )
        # What stands for a region: of those without series it is `other`.
        self._regions = {
            app: {region: key.identity_of(region.encode()) for region in settings.regions.get(app, ())}
            for app in APPS
        }
        self._other = key.identity_of(OTHER.encode())
        self._closed: dict[str, int] = {}
        self._forgotten: int | None = None
        self._views: dict[str, _View] = {}
        self._samples: dict[str, tuple[Timeline, tuple[Sample, ...]]] = {}

    def add(self, partial: Partial) -> bool:
        """Take a partial aggregate if it is of a breakdown.

        Returns:
            whether it is.

        Raises:
            ValueError: it is damaged.
        """
        breakdown = self._tables.get(partial.table)
        if breakdown is None:
            return False
        event, table = breakdown
        for start, texts in partial.names:
            for text in texts:
                self._names.hear(self._key.identity_of(text.encode()), text, start // HOUR_MS)
        if not partial.lots:
            return True
        rows = unpacked(partial.rows, partial.keys, partial.sums, table.columns)
        if rows.keys.shape[1] != len(table.keys):
            raise ValueError(f"sums of {table.name} have {len(table.keys)} keys")
        totals = np.stack([bounded_column(table, rows.sums, name) for name in table.measures], axis=-1)
        minute = table.keys.index(PANE_MINUTE)
        keys = np.delete(rows.keys, minute, axis=1)
        minutes = rows.keys[:, minute].astype(np.int64)
        app_of = np.empty(len(minutes), np.int64)
        region_of = np.empty(len(minutes), np.uint64)
        apps = list(self._of)
        for lot, own in partial.spans():
            # Another label of the merge key may follow: it chooses the lane, and explains nothing.
            app, region = lot.labels[:2]
            app_of[own] = apps.index(app) if app in self._of else -1
            region_of[own] = self._region(app, region, lot.start)
        whole = np.column_stack([region_of, keys])
        for place, app in enumerate(apps):
            at = np.flatnonzero(app_of == place)
            if len(at):
                self._of[app].add(event, whole[at], minutes[at], totals[at])
        return True

    def _region(self, app: str, region: str, start_ms: int) -> int:
        listed = self._regions.get(app, {})
        hashed, text = (listed[region], region) if region in listed else (self._other, OTHER)
        self._names.hear(hashed, text, start_ms // HOUR_MS)
        return hashed

    def close(self, progress: Progress) -> None:
        """Close the minutes that the watermarks of their topics have passed."""
        for topic, until in progress.passed(self._topics, self._closed):
            for of_app in self._of.values():
                of_app.close(topic, until)
        hours = [of_app.hour for of_app in self._of.values()]
        closed = [hour for hour in hours if hour is not None]
        if closed and (self._forgotten is None or min(closed) > self._forgotten):
            self._forgotten = min(closed)
            hashes = set[int]().union(*(of_app.hashes for of_app in self._of.values()))
            self._names.forget(hashes, self._forgotten)

    def shown(self, verdicts: Iterable[SignalVerdict]) -> Shown:
        """Timelines and contributors as of the minutes that are closed.

        Args:
            verdicts: about the signals, as of now.
        """
        began = _began(verdicts)
        views = dict(self._views)
        samples = {}
        for app, of_app in self._of.items():
            for place, signal in enumerate(of_app.signals):
                closed = of_app.closed(signal)
                if closed is None:
                    continue
                since = began.get((app, signal.name))
                key = view_key(VIEW, ((ZONED, app), ("signal", signal.name)))
                before = views.get(key)
                # What is as usual is told of now and then; what is not, each minute.
                end = closed if since is not None else closed - (closed - place) % _TURN
                if before is None or (before.timeline.end, before.timeline.since_ms) != (end, since):
                    views[key] = _View(of_app.timeline(signal, end, since))
                if since is not None:
                    samples[key] = self._contributors(key, views[key].timeline, since)
        self._views, self._samples = views, samples
        live_views: Mapping[str, bytes] = TimelineViews(views) if views else NO_VIEWS
        return Shown(live_views, tuple(sample for _, some in samples.values() for sample in some))

    def _contributors(
        self, key: str, timeline: Timeline, since_ms: int
    ) -> tuple[Timeline, tuple[Sample, ...]]:
        before = self._samples.get(key)
        if before is not None and before[0] is timeline:
            return before
        return timeline, tuple(_samples(timeline, since_ms, self._partition))

    @property
    def size(self) -> int:
        """Bytes of all sums."""
        return sum(of_app.size for of_app in self._of.values())

    def drain(self) -> Iterator[Entry]:
        """Changelog entries changed since the last call."""
        for name, value in self._names.drain():
            yield _NAMES + _END_OF_APP + name, value
        for app, of_app in self._of.items():
            for key, value in of_app.drain():
                yield app.encode() + _END_OF_APP + key, value

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave; of an app that is not here any more it is passed over."""
        app, _, key = name.partition(_END_OF_APP)
        if app == _NAMES:
            self._names.restore(key, value)
        elif app.decode() in self._of:
            self._of[app.decode()].restore(key, value)

    def resume(self) -> None:
        """Go on from a restored state."""
        for of_app in self._of.values():
            of_app.resume()


def _began(verdicts: Iterable[SignalVerdict]) -> dict[tuple[str, str], int]:
    """App and signal -> since when it is not as usual, by the strongest evidence."""
    strongest: dict[tuple[str, str], SignalVerdict] = {}
    for verdict in verdicts:
        if verdict.score >= TICKET_SCORE:
            place = verdict.app, verdict.signal
            if place not in strongest or verdict.score > strongest[place].score:
                strongest[place] = verdict
    return {place: verdict.since_ms for place, verdict in strongest.items()}


def _samples(timeline: Timeline, since_ms: int, partition: tuple[str, str]) -> Iterator[Sample]:
    since = min(since_ms // MINUTE_MS, timeline.end - 1)
    explanation = explained(timeline, since, timeline.end)
    if explanation is None:
        return
    explaining = [(what(each.labels), each.share) for each in explanation.contributors if each.stands_out]
    for rank, (text, share) in enumerate(explaining[:CONTRIBUTORS] or [(ALIKE, 1.0)], 1):
        labels = (
            ("signal", timeline.signal),
            (ZONED, timeline.app),
            ("rank", str(rank)),
            ("what", text[:_MOST_TEXT]),
            partition,
        )
        yield Sample(FAMILY, labels, share)
