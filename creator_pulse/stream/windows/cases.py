"""Who met a rule: one record of ``pulse.case`` for each incident.

Looked at is each closed window, with what came late for it, so that the same log gives the same cases.
An identity that is flagged again before a whole window went by without it is the same incident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.labels import ZONED
from creator_pulse.stream.events.joined import joined
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import CASE_TOPIC, PANE_LABEL
from creator_pulse.stream.windows.cells import Labels
from creator_pulse.stream.windows.lane import Sample
from creator_pulse.stream.windows.pane_record import route

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from creator_pulse.stream.aggregates import Flagged
    from creator_pulse.stream.aggregates.result import Flag
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.windows.hopping import Hopping, Stated
    from creator_pulse.stream.windows.lane import Entry

INCIDENT, ISSUED = b"c", b"n"
"""First bytes of the changelog keys: the incidents of an identity; how many cases a rule has issued."""
_Who = tuple[str, str, Labels, Labels]
"""Rule, window label, label values, ids."""


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


class Cases:
    """The incidents of a merge lane.

    Entries: ``c`` + rule, window, labels and ids, the first and last flagged window end of each incident
    that may go on; ``n`` + rule and app, how many cases were issued.

    Args:
        partition: of the merge lane.
        settings: apps, number of merge lanes.
        hoppings: windows, some with rules.
    """

    def __init__(self, partition: int, settings: Settings, hoppings: Iterable[Hopping]) -> None:
        self._partition = partition
        self._reach: dict[tuple[str, str], int] = {}
        self._issued: dict[tuple[str, str], int] = {}
        for hopping in hoppings:
            for formula in hopping.formulas:
                if formula.value.formula.as_rule():
                    self._reach[formula.value.name, hopping.window.label] = hopping.window.size_ms
                    for app in settings.regions:
                        if route((app,), settings.merge_partitions) == partition:
                            self._issued[formula.value.name, app] = 0
        self.most = settings.most_incidents
        self.overflowed = 0
        """Flags of somebody new that found no room: no case is made of them."""
        self._incidents: dict[_Who, list[tuple[int, int]]] = {}
        self._dirty: set[_Who] = set()
        self._dirty_issued: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._incidents)

    def take(self, hopping: Hopping, stated: Stated, watermark: int, reason: str = "") -> Iterator[OutRecord]:
        """Look at a closed window's result.

        Args:
            hopping: its window.
            stated: the result, whatever its formula.
            watermark: lowest of the partitions that are not idle, ms.
            reason: why it is restated; empty where it is not.
        """
        rule = stated.formula.value.formula.as_rule()
        if rule is None:
            return
        for flag in stated.result.flags:
            who = (stated.formula.value.name, hopping.window.label, stated.labels, flag.who)
            if self._begins(who, stated.end):
                yield self._issue(rule, hopping, stated, flag, (watermark, reason))

    def forget(self, hoppings: Iterable[Hopping], ends: Mapping[str, int]) -> None:
        """Drop the incidents that no window to come can go on with.

        Args:
            hoppings: windows, some with rules.
            ends: name of a window -> end of the oldest one that something may still change.
        """
        keep = {
            (formula.value.name, hopping.window.label): ends[hopping.name]
            for hopping in hoppings
            for formula in hopping.formulas
            if hopping.frontier is not None
        }
        for who, known in list(self._incidents.items()):
            reach = self._reach.get(who[:2], 0)
            oldest = keep.get(who[:2])
            left = [one for one in known if oldest is None or one[1] + reach >= oldest]
            if left != known:
                self._dirty.add(who)
                if left:
                    self._incidents[who] = left
                else:
                    del self._incidents[who]

    def samples(self) -> Iterator[Sample]:
        """How many cases each rule has issued."""
        place = (("partition", str(self._partition)), ("topic", PANE_LABEL))
        for (rule, app), number in self._issued.items():
            yield Sample("pulse_cases_total", ((ZONED, app), ("rule", rule), *place), number)

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        for who in sorted(self._dirty):
            known = self._incidents.get(who)
            yield (
                INCIDENT + msgspec.msgpack.encode(who),
                None if known is None else msgspec.msgpack.encode(known),
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
            value: of the entry.
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
        for one in self._incidents.get(who, ()):
            if one[0] - reach <= end <= one[1] + reach:
                first, last = min(first, one[0]), max(last, one[1])
            else:
                apart.append(one)
        known = self._incidents.get(who, [])
        self._incidents[who] = sorted([*apart, (first, last)])
        if self._incidents[who] != known:
            self._dirty.add(who)
        return len(apart) == len(known)

    def _issue(
        self, rule: Flagged, hopping: Hopping, stated: Stated, flag: Flag, found: tuple[int, str]
    ) -> OutRecord:
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
            window=hopping.window.label,
            start=hopping.window.start(stated.end),
            end=stated.end,
            evidence=flag.evidence,
            watermark=found[0],
            reason=found[1],
        )
        # Rule, app and end hold no `|`, so whatever the id holds, it is what stands between them.
        key = f"{record.rule}|{app}|{record.id}|{record.end}"
        return OutRecord(CASE_TOPIC, key.encode(), msgspec.json.encode(record), self._partition)
