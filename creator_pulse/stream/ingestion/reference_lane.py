"""The lane of the reference topic: a refused entry goes to the dead letters once, and is counted.

Every worker reads the topic for itself and looks up in it (``references.py``). This lane only keeps
account, by the same judge, so that no restart and no move writes or counts a refusal again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from creator_pulse.stream.catalog.declaration.labels import FAILED
from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.events.reference_judge import REFERENCE_REASONS, judged
from creator_pulse.stream.lanes.lane import FORMAT, MARKER, Checkpoint, Entry, Marker, Sample, Snapshot
from creator_pulse.stream.lanes.letters import Letters
from creator_pulse.stream.lanes.watermark import NONE
from creator_pulse.stream.transport.names import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch, OutRecord

_TOTAL = b"t"
_REFUSED, _MISKEYED, _LOST = "refused", "miskeyed", "lost"


class ReferenceLane:
    """Judges reference entries and counts refusals.

    Args:
        settings: name of the topic, business days.

    Example::

        lane = ReferenceLane(Settings())
        lane.start_at(0, lost=0)
        lane.apply(batch)  # of reference entries
        lane.snapshot()  # how many were refused, by reason
    """

    replays: ClassVar[bool] = False
    """Not from the log alone: compaction removes records that were counted."""

    def __init__(self, settings: Settings) -> None:
        self._letters = Letters(settings.topic(REFERENCE), 0)
        self._day_offsets = settings.day_offsets
        self._place = (("partition", "0"), ("topic", REFERENCE))
        self._next_offset: int | None = None
        self._read = 0
        self._totals = {f"{_REFUSED}|{reason}": 0 for reason in REFERENCE_REASONS} | {_MISKEYED: 0, _LOST: 0}
        self._dirty: set[str] = set()
        self._dead: list[OutRecord] = []
        self._changed = False

    @property
    def next_offset(self) -> int | None:
        """The first offset not judged; None when nothing was restored or applied."""
        return self._next_offset

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state from live changelog entries.

        Raises:
            ChangelogError: another format version, or bytes that cannot be read.
        """
        try:
            for key, value in entries:
                self._take_back(key, value)
        except ValueError as error:
            raise ChangelogError(f"the changelog of {REFERENCE} cannot be read: {error}") from error
        if self._next_offset is None and any(self._totals.values()):
            raise ChangelogError("there are totals, but no marker that says how far they go")

    def start_at(self, offset: int, lost: int) -> None:
        """Begin to read at an offset, after so many records that were lost to retention."""
        self._next_offset = offset
        if lost:
            self._add(_LOST, lost)

    def apply(self, batch: Batch) -> None:
        """Judge the entries of a batch, or count those that cannot be read in its place."""
        if batch.unreadable is not None:
            self._add(f"{_REFUSED}|{batch.unreadable.reason}", batch.unreadable.count)
            self._dead.append(self._letters.unreadable(batch.unreadable))
        for row, (key, value) in enumerate(zip(batch.keys, batch.values, strict=True)):
            entry = judged(value, self._day_offsets)
            if isinstance(entry, str):
                self._refuse(batch, row, entry)
            # The entry counts all the same: readers go by its value, compaction by its key.
            elif key != entry.key:
                self._add(_MISKEYED, 1)
        self._pass(batch)

    def probe(self, batch: Batch) -> None:
        """Do with a batch what needs no state."""
        for value in batch.values:
            judged(value, self._day_offsets)

    def refuse(self, batch: Batch) -> None:
        """Refuse entries without a look at them: judging them has failed."""
        for row in range(len(batch)):
            self._refuse(batch, row, FAILED)
        self._pass(batch)

    def idle(self, *, idle: bool, others_busy: bool = False) -> None:
        """Nothing waits for it."""

    def snapshot(self) -> Snapshot:
        """The lane's series as they stand."""
        return Snapshot(self._next_offset or 0, tuple(self._samples()))

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Hand over everything that changed since the last call; None where nothing did."""
        if not self._changed:
            return None
        del now_ms  # refusals depend on the log alone
        entries, outgoing = tuple(self._drained()), tuple(self._dead)
        self._dead, self._changed = [], False
        return Checkpoint(entries, outgoing, self.snapshot())

    def _drained(self) -> Iterator[Entry]:
        for name in sorted(self._dirty):
            yield _TOTAL + name.encode(), str(self._totals[name]).encode()
        self._dirty.clear()
        assert self._next_offset is not None
        yield MARKER, msgspec.msgpack.encode(Marker(FORMAT, self._next_offset, NONE, read=self._read))

    def _samples(self) -> Iterator[Sample]:
        for reason in REFERENCE_REASONS:
            labels = (self._place[0], ("reason", reason), self._place[1])
            yield Sample("pulse_reference_refused_total", labels, self._totals[f"{_REFUSED}|{reason}"])
        yield Sample("pulse_reference_miskeyed_total", self._place, self._totals[_MISKEYED])
        yield Sample("pulse_lost_records_total", self._place, self._totals[_LOST])

    def _refuse(self, batch: Batch, row: int, reason: str) -> None:
        self._add(f"{_REFUSED}|{reason}", 1)
        self._dead.append(self._letters.dead(batch, row, reason))

    def _pass(self, batch: Batch) -> None:
        self._next_offset = batch.end
        self._read += len(batch) if batch.unreadable is None else batch.unreadable.count
        self._changed = True

    def _add(self, name: str, number: int) -> None:
        self._totals[name] = self._totals.get(name, 0) + number
        self._dirty.add(name)
        self._changed = True

    def _take_back(self, key: bytes, value: bytes) -> None:
        if key == MARKER:
            self._mark(msgspec.msgpack.decode(value, type=Marker))
        elif key[:1] == _TOTAL:
            self._totals[key[1:].decode()] = int(value)
        else:
            raise ValueError(f"no entry begins with {key[:1]!r}")

    def _mark(self, marker: Marker) -> None:
        if marker.format != FORMAT:
            raise ChangelogError(f"the changelog has format {marker.format}, this version reads {FORMAT}")
        self._next_offset, self._read = marker.next_offset, marker.read
