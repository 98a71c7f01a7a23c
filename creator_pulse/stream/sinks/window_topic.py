"""The sink ``pulse.window``: each result as a record, provisional, then final once, then restated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.sinks.window_record import WindowRecord, keyed, pairs_of, written
from creator_pulse.stream.transport.record_size import packs, text_size
from creator_pulse.stream.windows.formula import named
from creator_pulse.stream.windows.sink import FINAL, PROVISIONAL, RESTATED, Firing, Sink, Surroundings
from creator_pulse.stream.windows.window_operator import WindowOperator, WindowResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.transport.batch import OutRecord

_NamedKey = tuple[str, dict[str, str]]
"""The key of a record, and its labels with their names."""
_MOST_NAMED = 100_000
REVISION, FINALS = b"r", b"f"
"""First bytes of the changelog keys: the revision of a result; a pack of the finals of a window end."""
_REVISION = msgspec.msgpack.Decoder(tuple[int, int])
_AT = msgspec.msgpack.Decoder(tuple[str, int, int])
_KEYS = msgspec.msgpack.Decoder(list[str])


def _reason(firing: Firing, stated: WindowResult, state: str) -> str:
    """Why a result is another than that of what came in time; empty if it is not."""
    if state == RESTATED:
        return firing.reason
    return "late" if state == PROVISIONAL and stated.late else ""


class WindowTopic(Sink):
    """Makes the records of ``pulse.window``, and keeps the books that number them.

    Entries: ``r`` + record key, its revision and the window's end; ``f`` + window, end and number, some of
    the record keys that had a final. Both go when the window can no longer be restated. Provisional
    results are not kept: after a recovery they are said again.

    Args:
        surroundings: the merge lane's number, settings, windows and panes.

    Example::

        sink = WindowTopic(surroundings)
        sink.emit(firing)  # a record of the topic for each result
    """

    prefixes = (REVISION, FINALS)

    def __init__(self, surroundings: Surroundings) -> None:
        self._partition = surroundings.partition
        self._lateness_ms = surroundings.settings.allowed_lateness_ms
        self._finals: dict[tuple[str, int], set[str]] = {}
        self._revisions: dict[str, tuple[int, int]] = {}
        # Labels with their names, and as part of keys, by formula: few, and each is said again and again.
        self._named: dict[tuple[int, Labels], tuple[dict[str, str], str]] = {}
        # Key -> hash of the value and its parts: a ratio may stay as it is while they grow.
        self._provisionals: dict[str, int] = {}
        # Finals since the last commit.
        self._fresh: dict[tuple[str, int], list[str]] = {}
        # How many entries the finals of a window end have.
        self._packs: dict[tuple[str, int], int] = {}
        self._dropped: list[tuple[str, int, int]] = []
        self._dirty_revisions: set[str] = set()

    def emit(self, firing: Firing) -> list[OutRecord]:
        """Write results; of provisional ones only those that differ from the last one."""
        if firing.state == PROVISIONAL:
            return self._provisional(firing)
        if firing.state == FINAL:
            return [
                self._final(self._named_key(firing.operator, stated), firing, stated)
                for stated in firing.results
            ]
        return [record for stated in firing.results for record in self._restated(firing, stated)]

    def _provisional(self, firing: Firing) -> list[OutRecord]:
        fresh = []
        for stated in firing.results:
            key, labels = self._named_key(firing.operator, stated)
            digest = hash((stated.result.exact, stated.result.parts))
            if self._provisionals.get(key) != digest:
                self._provisionals[key] = digest
                fresh.append(self._record((key, labels), firing, stated, PROVISIONAL))
        return fresh

    def _final(self, named_key: _NamedKey, firing: Firing, stated: WindowResult) -> OutRecord:
        """A closed window's result: said once, revision 0."""
        key, _ = named_key
        at = firing.operator.name, stated.end
        self._finals.setdefault(at, set()).add(key)
        self._fresh.setdefault(at, []).append(key)
        self._provisionals.pop(key, None)
        return self._record(named_key, firing, stated, FINAL)

    def _restated(self, firing: Firing, stated: WindowResult) -> Iterator[OutRecord]:
        """A closed window's result that changed: the next revision, with the reason."""
        named_key = key, _ = self._named_key(firing.operator, stated)
        if key not in self._finals.get((firing.operator.name, stated.end), ()):
            # Nothing of it came in time: its final is that of no records, and comes first.
            empty = WindowResult(stated.formula, stated.end, stated.labels, stated.formula.nothing())
            # As it would have closed, whenever the late record came.
            closed_at = stated.end + self._lateness_ms
            yield self._final(named_key, firing._replace(watermark=closed_at), empty)
        self._revisions[key] = (self._revisions.get(key, (0, 0))[0] + 1, stated.end)
        self._dirty_revisions.add(key)
        yield self._record(named_key, firing, stated, RESTATED)

    def forget(self, ends: Mapping[str, int]) -> None:
        """Drop the books of windows that can no longer be restated.

        Args:
            ends: name of a window -> end of the oldest one that can.
        """
        # A window that is not named in `ends` is kept: its own end is not below itself.
        for at in [key for key in self._finals if key[1] < ends.get(key[0], key[1])]:
            for key in self._finals.pop(at):
                if self._revisions.pop(key, None):
                    self._dirty_revisions.add(key)
                self._provisionals.pop(key, None)
            self._fresh.pop(at, None)
            self._dropped += [(*at, number) for number in range(self._packs.pop(at, 0))]

    def counts(self) -> dict[str, int]:
        """How many entries are kept, by kind."""
        return {
            "finals": sum(map(len, self._finals.values())),
            "revisions": len(self._revisions),
            "provisionals": len(self._provisionals),
        }

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        for key in sorted(self._dirty_revisions):
            revision = self._revisions.get(key)
            yield REVISION + key.encode(), None if revision is None else msgspec.msgpack.encode(revision)
        for name in self._dropped:
            yield FINALS + msgspec.msgpack.encode(name), None
        for at, keys in self._fresh.items():
            for some in packs(keys, text_size):
                number = self._packs.get(at, 0)
                self._packs[at] = number + 1
                yield FINALS + msgspec.msgpack.encode((*at, number)), msgspec.msgpack.encode(some)
        self._dirty_revisions.clear()
        self._dropped.clear()
        self._fresh.clear()

    def restore(self, kind: bytes, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave.

        Args:
            kind: ``REVISION`` or ``FINALS``, the first byte of the key.
            name: the rest of the key.
            value: bytes of the entry, as ``drain`` gave them.
        """
        if kind == REVISION:
            self._revisions[name.decode()] = _REVISION.decode(value)
        else:
            window, end, number = _AT.decode(name)
            at = window, end
            self._finals.setdefault(at, set()).update(_KEYS.decode(value))
            self._packs[at] = max(self._packs.get(at, 0), number + 1)

    def _record(self, named_key: _NamedKey, firing: Firing, stated: WindowResult, state: str) -> OutRecord:
        key, labels = named_key
        value, result = stated.formula.value, stated.result
        return written(
            key,
            WindowRecord(
                name=value.name,
                window=firing.operator.window.label,
                start=firing.operator.window.start(stated.end),
                end=stated.end,
                labels=labels,
                state=state,
                revision=self._revisions[key][0] if state == RESTATED else 0,
                value=result.exact,
                scale=result.scale,
                parts=result.parts,
                watermark=firing.watermark,
                reason=_reason(firing, stated, state),
                versions={"reference": firing.reference},
            ),
            self._partition,
        )

    def _named_key(self, operator: WindowOperator, stated: WindowResult) -> _NamedKey:
        start = operator.window.start(stated.end)
        labels, pairs = self._labels(stated)
        return keyed(stated.formula.value, operator.window.label, start, pairs), labels

    def _labels(self, stated: WindowResult) -> tuple[dict[str, str], str]:
        # Formulas live as long as the lane, so their ids are never given to others.
        at = (id(stated.formula), stated.labels)
        cached = self._named.get(at)
        if cached is None:
            if len(self._named) > _MOST_NAMED:
                self._named.clear()
            labels = named(stated.formula.value, stated.labels)
            cached = self._named[at] = (labels, pairs_of(labels))
        return cached
