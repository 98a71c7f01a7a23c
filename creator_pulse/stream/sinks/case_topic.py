"""The sink ``pulse.case``: who met a rule, one record of ``pulse.case`` for each incident.

Looked at is each closed window, with what came late for it, so that the same log gives the same cases.
An identity that is flagged again before a whole window went by without it is the same incident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.declaration.labels import ZONED
from creator_pulse.stream.events.joined import joined
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.lanes.limits import Limited
from creator_pulse.stream.panes.cells import Labels
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import CASE_TOPIC, PANE_LABEL
from creator_pulse.stream.windows.sink import PROVISIONAL, Firing, Sink, Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.aggregates.aggregate import Rule
    from creator_pulse.stream.aggregates.result import Flag
    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.windows.rendered import WindowNumbers
    from creator_pulse.stream.windows.window_operator import WindowResult

# What they are called in `pulse_table_entries`.
_KIND = "incidents"
INCIDENT, ISSUED = b"c", b"n"
"""First bytes of the changelog keys: the incidents of an identity; how many cases a rule has issued."""
# Rule, window label, label values, ids.
_Who = tuple[str, str, Labels, Labels]


class CaseRecord(msgspec.Struct, frozen=True):
    """One incident.

    Attributes:
        rule: value name without ``pulse_``.
        rule_version: that found it.
        kind: names of the ids, joined by ``,``.
        id: the ids, as ``joined`` gives them: a single one as it is.
        app: where.
        window: label.
        start: of the window that met the rule first, epoch ms.
        end: of the same.
        evidence: what, figure and bound of each condition, as text.
        watermark: when it was found, by the log, ms.
        reason: ``late`` or ``idle`` where a restated window met the rule; else empty.
    """

    rule: str
    rule_version: int
    kind: str
    id: str
    app: str
    window: str
    start: int
    end: int
    evidence: tuple[tuple[str, str, str], ...]
    watermark: int
    reason: str


class CaseTopic(Sink):
    """The incidents of a merge lane.

    Entries: ``c`` + rule, window, labels and ids, the first and last flagged window end of each incident
    that may go on; ``n`` + rule and app, how many cases were issued.

    Args:
        surroundings: the merge lane; some windows have rules.

    Example::

        sink = CaseTopic(surroundings)
        sink.emit(firing)  # a record for each incident that begins
    """

    prefixes = (INCIDENT, ISSUED)

    def __init__(self, surroundings: Surroundings) -> None:
        partition, settings, operators = surroundings[:3]
        self._partition = partition
        self._operators = operators
        self._reach: dict[tuple[str, str], int] = {}
        self._issued: dict[tuple[str, str], int] = {}
        for operator in operators:
            for formula in operator.formulas:
                if formula.value.formula.rule():
                    self._reach[formula.value.name, operator.window.label] = operator.window.size_ms
                    for app in settings.regions:
                        if route((app,), settings.merge_partitions) == partition:
                            self._issued[formula.value.name, app] = 0
        self.most = settings.most_incidents
        self.overflowed = 0
        """Flags of new identities that found no room: they make no case."""
        self._incidents: dict[_Who, list[tuple[int, int]]] = {}
        self._dirty: set[_Who] = set()
        self._dirty_issued: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._incidents)

    def emit(self, firing: Firing) -> Sequence[OutRecord]:
        """Issue the cases that results of a closed window begin, as they stand: with what came late."""
        if firing.state == PROVISIONAL or firing.superseded:
            return ()
        issued = []
        for stated in firing.results:
            rule = stated.formula.value.formula.rule() if stated.result.flags else None
            if rule is not None:
                for flag in stated.result.flags:
                    window = firing.operator.window.label
                    who = (stated.formula.value.name, window, stated.labels, flag.who)
                    if self._begins(who, stated.end):
                        issued.append(self._issue(rule, firing, stated, flag))
        return issued

    def forget(self, ends: Mapping[str, int]) -> None:
        """Drop the incidents that no window to come can go on with."""
        keep = {
            (formula.value.name, operator.window.label): ends[operator.name]
            for operator in self._operators
            for formula in operator.formulas
            if operator.frontier is not None
        }
        for who, incidents in list(self._incidents.items()):
            reach = self._reach.get(who[:2], 0)
            oldest = keep.get(who[:2])
            # An incident may go on while a window that could be restated ends within its reach.
            left = [incident for incident in incidents if oldest is None or incident[1] + reach >= oldest]
            if left != incidents:
                self._dirty.add(who)
                if left:
                    self._incidents[who] = left
                else:
                    del self._incidents[who]

    def counts(self) -> Mapping[str, int]:
        """How many incidents may go on."""
        return {_KIND: len(self)}

    def limited(self) -> Mapping[str, Limited]:
        """Incidents: anybody may begin one."""
        return {_KIND: Limited(self, len(self))}

    def samples(self, numbers: Sequence[WindowNumbers]) -> tuple[Sample, ...]:
        """How many cases each rule has issued."""
        del numbers
        place = (("partition", str(self._partition)), ("topic", PANE_LABEL))
        return tuple(
            Sample("pulse_cases_total", ((ZONED, app), ("rule", rule), *place), number)
            for (rule, app), number in self._issued.items()
        )

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        for who in sorted(self._dirty):
            incidents = self._incidents.get(who)
            yield (
                INCIDENT + msgspec.msgpack.encode(who),
                None if incidents is None else msgspec.msgpack.encode(incidents),
            )
        for issued in sorted(self._dirty_issued):
            yield ISSUED + msgspec.msgpack.encode(issued), str(self._issued[issued]).encode()
        self._dirty.clear()
        self._dirty_issued.clear()

    def restore(self, kind: bytes, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave; of a rule that is no longer declared, nothing.

        Args:
            kind: ``INCIDENT`` or ``ISSUED``, the first byte of the key.
            name: the rest of the key.
            value: bytes of the entry, as ``drain`` gave them.
        """
        if kind == INCIDENT:
            who = msgspec.msgpack.decode(name, type=_Who)
            if who[:2] in self._reach:
                self._incidents[who] = msgspec.msgpack.decode(value, type=list[tuple[int, int]])
        else:
            issued = msgspec.msgpack.decode(name, type=tuple[str, str])
            if issued in self._issued:
                self._issued[issued] = int(value)

    def _begins(self, who: _Who, end: int) -> bool:
        """Take a flagged window end; whether no incident holds it, and it can be followed."""
        if who not in self._incidents and len(self._incidents) >= self.most:
            self.overflowed += 1
            return False
        reach = self._reach[who[:2]]
        first = last = end
        apart = []
        for incident in self._incidents.get(who, ()):
            # Within a window's length of it on either side: windows overlap, so the same records may have met
            # the rule.
            if incident[0] - reach <= end <= incident[1] + reach:
                first, last = min(first, incident[0]), max(last, incident[1])
            else:
                apart.append(incident)
        incidents = self._incidents.get(who, [])
        self._incidents[who] = sorted([*apart, (first, last)])
        if self._incidents[who] != incidents:
            self._dirty.add(who)
        # None was joined: it is a new one.
        return len(apart) == len(incidents)

    def _issue(self, rule: Rule, firing: Firing, stated: WindowResult, flag: Flag) -> OutRecord:
        value = stated.formula.value
        app = stated.labels[value.labels.index(ZONED)]
        issued = (value.name, app)
        self._issued[issued] = self._issued.get(issued, 0) + 1
        self._dirty_issued.add(issued)
        record = CaseRecord(
            rule=value.name,
            rule_version=rule.version,
            kind=",".join(rule.by),
            id=joined(flag.who),
            app=app,
            window=firing.operator.window.label,
            start=firing.operator.window.start(stated.end),
            end=stated.end,
            evidence=flag.evidence,
            watermark=firing.watermark,
            reason=firing.reason,
        )
        # Rule, app and end hold no `|`, so whatever the id holds, it is what stands between them.
        key = f"{record.rule}|{app}|{record.id}|{record.end}"
        return OutRecord(CASE_TOPIC, key.encode(), msgspec.json.encode(record), self._partition)
