"""Compares the ledger's window sums with the records of ``pulse.window``."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from creator_pulse.proof.ledger.recompute_past import PAST, Past, of_past
from creator_pulse.proof.ledger.recompute_spread import Wanted, recomputed
from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.proof.ledger.window_places import Place, cells_of, end_of
from creator_pulse.stream.catalog.aggregates import Flagged, Number
from creator_pulse.stream.catalog.declare import Ratio, Sum, Value
from creator_pulse.stream.catalog.registry import MEASURES, VALUES, topics_of
from creator_pulse.stream.catalog.tunable import tuned_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from creator_pulse.proof.ledger.recompute_spread import Cells
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.settings import Settings

Name = TypeVar("Name")
Known = dict[tuple[str, frozenset[tuple[tuple[str, tuple[str, ...]], int]]], dict[tuple[str, ...], Wanted]]
"""Name of a value and cells -> what its formula makes of them."""


@dataclass(slots=True)
class Expected:
    """What the ledger says about one window of one value.

    Attributes:
        value: its declaration.
        final: measure id -> sum of what came in time; a measure without a record is absent.
        late: measure id -> sum of what came late but within the window's restate horizon.
    """

    value: Value
    final: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)

    @property
    def in_time(self) -> bool:
        """Whether a record came in time, so that there is a final."""
        return bool(self.final)

    @property
    def restates(self) -> bool:
        """Whether what came late changes the result."""
        return any(self.late.values())

    def shown_final(self, record: Mapping[str, Any]) -> bool:
        """Whether a result is made of what came in time."""
        return _shows(self.value, record, self.told(late=False))

    def shown_stated(self, record: Mapping[str, Any]) -> bool:
        """Whether a result is made of everything."""
        return _shows(self.value, record, self.told(late=True))

    def told(self, *, late: bool) -> dict[str, int]:
        """Measure id -> sum, in time or with what came late: the final's, or the last restatement's."""
        parts = (self.final, self.late) if late else (self.final,)
        return {name: sum(part.get(name, 0) for part in parts) for name in self.value.measures}


@dataclass(slots=True)
class ExpectedNumber:
    """The same for a value that is more than sums: the number itself.

    Attributes:
        value: its declaration.
        final: of what came in time; None where nothing did.
        stated: of everything.
        restates: whether something came late.
    """

    value: Value
    final: Wanted | None
    stated: Wanted
    restates: bool

    @property
    def in_time(self) -> bool:
        """Whether a record came in time, so that there is a final."""
        return self.final is not None

    def shown_final(self, record: Mapping[str, Any]) -> bool:
        """Whether a result is that of what came in time."""
        return (self.final or _empty(self.value)).allows(_number(record))

    def shown_stated(self, record: Mapping[str, Any]) -> bool:
        """Whether a result is that of everything."""
        return self.stated.allows(_number(record))

    def told(self, *, late: bool) -> dict[str, Fraction | None]:
        """The number, in time or with what came late."""
        return {"value": self.stated.value if late or self.final is None else self.final.value}


@dataclass(slots=True)
class Group:
    """The cells of one group in one window."""

    value: Value
    final: Cells = field(default_factory=dict)
    late: Cells = field(default_factory=dict)

    def expected(
        self, span: tuple[int, int], app: str, past: Past, known: Known
    ) -> Iterator[tuple[dict[str, str], ExpectedNumber]]:
        """What the formula makes of them, and the labels that it makes.

        Args:
            span: start and end of the window.
            app: whose window.
            past: every day.
            known: what was made of the same cells, of which many windows hold the same.
        """

        def made_of(cells: Cells, *, late: bool) -> dict[tuple[str, ...], Wanted]:
            if isinstance(self.value.formula, PAST):
                return {(): of_past(self.value.formula, cells, span, app, past, late=late)}
            key = (self.value.name, frozenset(cells.items()))
            if key not in known:
                known[key] = recomputed(self.value, cells)
            return known[key]

        final = made_of(self.final, late=False) if self.final else {}
        stated = made_of(self.whole(), late=True) if self.late else final
        for labels in dict.fromkeys((*final, *stated)):
            made = dict(zip(self.value.formula.made, labels, strict=True))
            whole = stated.get(labels, Wanted(None))
            yield made, ExpectedNumber(self.value, final.get(labels), whole, any(self.late.values()))

    def whole(self) -> Cells:
        """What came in time and late together."""
        return self.final | {key: self.final.get(key, 0) + total for key, total in self.late.items()}


def expected_windows(
    truth: Truth, settings: Settings, values: Sequence[Value] = VALUES
) -> dict[Place, Expected | ExpectedNumber]:
    """Every window in which a record fell, on time or late within the restate horizon.

    Args:
        truth: the ledger's sums.
        settings: where business days begin, and the bounds of rules.
        values: whose windows.
    """
    values = tuned_values(values, settings)
    sums: dict[Place, Expected] = {}
    plain = [value for value in values if isinstance(value.formula, Sum | Ratio)]
    for value, name, _, parts, (place, late) in cells_of(truth, plain, settings):
        expected = sums.get(place) or sums.setdefault(place, Expected(value))
        _add(expected.final, expected.late, name, parts[0], late)
    others = [value for value in values if not isinstance(value.formula, Sum | Ratio)]
    groups = groups_of(truth, others, settings)
    found: dict[Place, Expected | ExpectedNumber] = dict(sums)
    past = Past(truth, settings.day_offset_hours)
    known: Known = {}
    for (family, label, start, chosen), group in groups.items():
        place = (family, label, start, chosen)
        span = (start, end_of(place, settings))
        for made, number in group.expected(span, dict(chosen).get("app", ""), past, known):
            found[family, label, start, chosen | frozenset(made.items())] = number
    return found


def groups_of(truth: Truth, values: Iterable[Value], settings: Settings) -> dict[Place, Group]:
    """The cells of each window of some values, by the labels that their formulas do not make.

    Args:
        truth: the ledger's sums.
        values: whose formulas are more than sums.
        settings: where business days begin.
    """
    groups: dict[Place, Group] = {}
    for value, name, labels, parts, (place, late) in cells_of(truth, values, settings):
        group = groups.get(place) or groups.setdefault(place, Group(value))
        _add(group.final, group.late, (name, labels), parts[0], late)
    return groups


def _add(
    final: dict[Name, int], late: dict[Name, int], name: Name, in_time: int | None, came_late: list[int]
) -> None:
    if in_time is not None:
        final[name] = final.get(name, 0) + in_time
    if came_late:
        late[name] = late.get(name, 0) + sum(came_late)


def verify_windows(
    truth: Truth,
    settings: Settings,
    records: Iterable[tuple[str, Mapping[str, Any]]],
    values: Sequence[Value] = VALUES,
) -> list[Difference]:
    """Compare with the results that were written.

    A final must show exactly what came in time, a key's last restatement that plus what came late;
    each key is final once, and is final as soon as the watermarks of all partitions of its topics have
    passed the window's end by the allowed lateness. A final that was issued on an idle partition may
    differ where a restatement with reason ``idle`` follows, and one of a cohort, of which something is
    taken back later. Provisional results are not compared.

    Args:
        truth: the ledger's sums.
        settings: the allowed lateness, and where business days begin.
        records: key and decoded value of every record of ``pulse.window``, in their order.
        values: whose windows they are.

    Returns:
        Every result that differs, is missing, doubled, or should not be there.
    """
    finals: dict[Place, list[Mapping[str, Any]]] = {}
    restated: dict[Place, list[Mapping[str, Any]]] = {}
    for _, record in records:
        kept = {"final": finals, "restated": restated}.get(record["state"])
        if kept is not None:
            labels = frozenset(record["labels"].items())
            kept.setdefault((record["name"], record["window"], record["start"], labels), []).append(record)
    differences: list[Difference] = []
    expected = expected_windows(truth, settings, values)
    for place in sorted(
        expected.keys() | finals.keys() | restated.keys(), key=lambda one: (*one[:3], sorted(one[3]))
    ):
        wanted = expected.get(place)
        # Values of other topics may share the name: the place's own value says whose watermarks close it.
        closable = end_of(place, settings) + settings.allowed_lateness_ms
        closed = wanted is not None and _lowest(wanted.value, truth) >= closable
        differences += _compare(place, wanted, finals.get(place, []), restated.get(place, []), closed)
    return differences


def _lowest(value: Value, truth: Truth) -> int:
    """Up to where all partitions of a value's topics have come, ms."""
    topics = topics_of(value)
    return min((mark for (topic, _), mark in truth.watermarks.items() if topic in topics), default=0)


def _compare(
    place: Place,
    expected: Expected | ExpectedNumber | None,
    finals: list[Mapping[str, Any]],
    restated: list[Mapping[str, Any]],
    closed: bool,
) -> list[Difference]:
    differences = []

    def differs(what: str, want: object, have: object) -> None:
        series = f"{place[0]} {place[1]} from {place[2]}: {what}"
        shown = [None if one is None else str(one) for one in (want, have)]
        differences.append(Difference("windows", series, dict(sorted(place[3])), shown[0], shown[1]))

    if expected is None:
        differs("a result where no record fell", None, (finals or restated)[-1])
        return differences
    if len(finals) > 1 or (closed and expected.in_time and not finals):
        differs("times final", 1, len(finals))
    idle = any(record.get("reason") == "idle" for record in restated)
    grown = restated and any(MEASURES[name].time == "original" for name in expected.value.measures)
    if finals and not idle and not grown and not expected.shown_final(finals[0]):
        differs("final", expected.told(late=False), finals[0])
    if restated:
        last = max(restated, key=lambda record: int(record["revision"]))
        if not expected.shown_stated(last):
            differs("last restatement", expected.told(late=True), last)
    elif (finals or closed) and expected.restates:
        differs("last restatement", expected.told(late=True), None)
    return differences


def _shows(value: Value, record: Mapping[str, Any], sums: Mapping[str, int]) -> bool:
    """Whether a result is made of these sums: by its parts, and its value where that is one integer sum."""
    parts = record.get("parts")
    if parts is not None:
        shown = {name: int(text) for name, text in parts}
        return (
            all(shown.get(name, 0) == total for name, total in sums.items()) and shown.keys() <= sums.keys()
        )
    if not isinstance(value.formula, Sum):
        return False
    return int(record["value"]) == sum(weight * sums[name] for name, weight in value.formula.terms.items())


def _number(record: Mapping[str, Any]) -> Fraction | None:
    return None if record["value"] is None else Fraction(record["value"]) / int(record["scale"])


def _empty(value: Value) -> Wanted:
    """What is shown of a group of which nothing came in time."""
    formula = value.formula
    counts = isinstance(formula, Number) or (isinstance(formula, Flagged) and not formula.share)
    return Wanted(Fraction(0) if counts else None)
