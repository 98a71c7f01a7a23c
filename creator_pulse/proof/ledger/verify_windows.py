"""Compares the ledger's window sums with the records of ``pulse.window``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from creator_pulse.proof.ledger.days import begin_of, day_of
from creator_pulse.proof.ledger.expected import FOREVER_MS, windows_of
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.ledger.verify import Difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from creator_pulse.proof.ledger.expected import ExpectedWindow, Window, WindowPlace
    from creator_pulse.proof.ledger.formulas import SumOrRatio
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.settings import Settings

_DIGITS = Fraction(1, 10**13)
LENGTHS_MS = {
    "1m": 60_000,
    "5m": 300_000,
    "10m": 600_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "24h": 86_400_000,
    "day": 86_400_000,
    "yesterday": 86_400_000,
    "7d": 604_800_000,
    "14d": 1_209_600_000,
    "28d": 2_419_200_000,
}
"""How long windows are; ``mtd`` is a month."""
_WITHIN = {"size": Fraction(2, 100)}
# How far figures of these kinds may be off: quantiles over records by a share, others by what is cut off.
_OFF = {"about": Fraction(1, 10**9)}


@dataclass(slots=True)
class Expected:
    """The ledger's sums for one window of a sum or a ratio.

    Attributes:
        formula: of the value.
        final: measure -> sum of what came in time; a measure without a record is absent.
        late: measure -> sum of what came late but within the window's restate horizon.
        before: of a formula that looks back, what came in time on the earlier day; None where nothing came in
            time on the day before that one.
    """

    formula: SumOrRatio
    final: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """All that it is made of."""
        return self.formula.measures

    @property
    def in_time(self) -> bool:
        """Whether a record came in time, so that there is a final."""
        return bool(self.final)

    @property
    def restates(self) -> bool:
        """Whether what came late changes the result."""
        return any(self.late.values())

    def shows(self, record: Mapping[str, Any], *, late: bool) -> bool:
        """Whether a result states exactly these sums, and its number follows from them."""
        sums = self.stated(late=late)
        if self.formula.back:
            # Where nothing came in time, the final may have nothing to compare: the restated result has.
            unsaid = not (late or self.in_time) and record["value"] is None
            return unsaid or _near(_number(record), self.formula.compared(sums, self.before), _DIGITS)
        parts = {name: int(text) for name, text in record["parts"]}
        same = (
            all(parts.get(name, 0) == total for name, total in sums.items()) and parts.keys() <= sums.keys()
        )
        return same and _near(_number(record), self.formula.of(sums), _DIGITS)

    def stated(self, *, late: bool) -> dict[str, int]:
        """Measure -> sum, in time or with what came late: the final's, or the last restatement's."""
        parts = (self.final, self.late) if late else (self.final,)
        return {name: sum(part.get(name, 0) for part in parts) for name in self.measures}


@dataclass(frozen=True, slots=True)
class ExpectedNumber:
    """The same for a value that is more than sums: the number itself.

    Attributes:
        group: the window that it is in.
        label: value of the label that the figure makes; empty: it makes none.
    """

    group: ExpectedWindow
    label: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """All that it is made of."""
        return self.group.figure.measures

    @property
    def in_time(self) -> bool:
        """Whether a record came in time, so that there is a final."""
        return self.group.in_time and (not self.label or self.label in self.group.finals)

    @property
    def restates(self) -> bool:
        """Whether something came late."""
        return self.group.restates

    def shows(self, record: Mapping[str, Any], *, late: bool) -> bool:
        """Whether a result is that of what came in time, or with what came late."""
        kind = self.group.figure.kind
        wanted = self.stated(late=late)["value"]
        return _near(_number(record), wanted, _WITHIN.get(kind, _DIGITS), _OFF.get(kind, _DIGITS))

    def stated(self, *, late: bool) -> dict[str, Fraction | None]:
        """The number, in time or with what came late."""
        results = self.group.restated if late else self.group.finals
        result = results.get(self.label)
        kind = self.group.figure.kind
        if kind in {"rule", "case"}:
            return {"value": Fraction(len(result or ()))}
        if result is None:
            return {"value": Fraction(0) if kind == "number" else None}
        return {"value": Fraction(result)}


def expected_windows(
    truth: Truth,
    settings: Settings,
    only: Collection[Window] | None = None,
    until: int = FOREVER_MS,
) -> dict[WindowPlace, Expected | ExpectedNumber]:
    """Every window in which a record fell, on time or late within the restate horizon.

    Args:
        truth: the ledger's sums by measure, labels and minute.
        settings: where business days begin, and the bounds of rules.
        only: values and windows that are wanted; None: all.
        until: epoch ms, the end of the last window that is wanted.
    """
    expected: dict[WindowPlace, Expected | ExpectedNumber] = {}
    with windows_of(truth, settings, only, until=until) as windows:
        for formula, place, measure, in_time, late in windows.sums():
            sums = expected.get(place)
            if sums is None:
                sums = expected[place] = Expected(formula)
            assert isinstance(sums, Expected)
            if in_time is not None:
                sums.final[measure] = in_time
            if late is not None:
                sums.late[measure] = late
        groups = windows.groups()
    _look_back(expected)
    for group in groups:
        place = (group.figure.name, group.window, group.start, group.labels)
        if group.figure.kind != "ranks":
            expected[place] = ExpectedNumber(group)
            continue
        for rank in group.finals.keys() | group.restated.keys():
            expected[(*place[:3], place[3] | {("rank", rank)})] = ExpectedNumber(group, rank)
    return expected


def _look_back(expected: Mapping[WindowPlace, Expected | ExpectedNumber]) -> None:
    """Give formulas that compare with an earlier day what came in time on it."""
    day_ms = LENGTHS_MS["day"]
    for (name, window, start, labels), sums in expected.items():
        if not isinstance(sums, Expected) or not sums.formula.back:
            continue

        def in_time(days: int) -> dict[str, int]:
            there = expected.get((name, window, start - days * day_ms, labels))  # noqa: B023 - called at once
            return there.final if isinstance(there, Expected) else {}

        if in_time(sums.formula.back + 1):
            sums.before = in_time(sums.formula.back)


def verify_windows(
    truth: Truth,
    settings: Settings,
    records: Iterable[tuple[str, Mapping[str, Any]]],
    only: Collection[Window] | None = None,
) -> list[Difference]:
    """Compare with the results that were written.

    A final must show exactly what came in time, a key's last restatement that plus what came late;
    each key is final once, and is final as soon as the watermarks of all partitions that feed it have
    passed the window's end by the allowed lateness. A final that was issued on an idle partition may
    differ where a restatement with reason ``idle`` follows, and one of a cohort, of which something is
    taken back later. Provisional results are not compared.

    Args:
        truth: the ledger's sums by measure, labels and minute.
        settings: the allowed lateness, and where business days begin.
        records: key and decoded value of every record of ``pulse.window``, in their order.
        only: values and windows that are made; None: all of the catalogue.

    Returns:
        Every result that differs, is missing, doubled, or should not be there.
    """
    finals: dict[WindowPlace, list[Mapping[str, Any]]] = {}
    restated: dict[WindowPlace, list[Mapping[str, Any]]] = {}
    for _, record in records:
        of_state = {"final": finals, "restated": restated}.get(record["state"])
        if of_state is not None:
            labels = frozenset(record["labels"].items())
            of_state.setdefault((record["name"], record["window"], record["start"], labels), []).append(
                record
            )
    differences: list[Difference] = []
    # Of a window that no watermark has passed nothing is due, and nothing is compared unless it was stated.
    ends = {end_of(place, settings) for place in (*finals, *restated)}
    expected = expected_windows(truth, settings, only, max(*truth.watermarks.values(), *ends, 0, 0))
    closed = _Closed(truth, settings)
    for place in expected.keys() | finals.keys() | restated.keys():
        wanted = expected.get(place)
        differences += _compare(
            place,
            wanted,
            finals.get(place, []),
            restated.get(place, []),
            wanted is not None and closed(wanted.measures, place),
        )
    return sorted(differences, key=lambda difference: (difference.series, sorted(difference.labels.items())))


class _Closed:
    """Says whether a window must have its final.

    Args:
        truth: how far each partition has come.
        settings: the allowed lateness, and where business days begin.
    """

    def __init__(self, truth: Truth, settings: Settings) -> None:
        self._settings = settings
        self._truth = truth
        self._ready: dict[tuple[str, ...], int] = {}

    def __call__(self, measures: tuple[str, ...], place: WindowPlace) -> bool:
        ready = self._ready.get(measures)
        if ready is None:
            lowest = lowest_watermark(self._truth, measures)
            ready = self._ready[measures] = lowest - self._settings.allowed_lateness_ms
        return ready >= end_of(place, self._settings)


def lowest_watermark(truth: Truth, measures: Iterable[str]) -> int:
    """Up to where all partitions of the topics of some measures have come, ms."""
    topics = {topic for name in measures for topic in MEASURES[name].topics}
    return min((mark for (topic, _), mark in truth.watermarks.items() if topic in topics), default=0)


def end_of(place: WindowPlace, settings: Settings) -> int:
    """When a window ends, ms.

    Args:
        place: name, window, start and labels of one result.
        settings: where business days begin.
    """
    _, label, start, labels = place
    if label != "mtd":
        return start + LENGTHS_MS[label]
    hours = settings.day_offset_hours.get(dict(labels).get("app", ""), 0)
    return begin_of((day_of(start, hours) + timedelta(days=31)).replace(day=1), hours)


def _compare(
    place: WindowPlace,
    expected: Expected | ExpectedNumber | None,
    finals: list[Mapping[str, Any]],
    restated: list[Mapping[str, Any]],
    closed: bool,
) -> Iterator[Difference]:
    def differs(what: str, want: object, have: object) -> Difference:
        series = f"{place[0]} {place[1]} from {place[2]}: {what}"
        texts = [None if figure is None else str(figure) for figure in (want, have)]
        return Difference("windows", series, dict(sorted(place[3])), texts[0], texts[1])

    if expected is None:
        yield differs("a result where no record fell", None, (finals or restated)[-1])
        return
    if len(finals) > 1 or (closed and expected.in_time and not finals):
        yield differs("times final", 1, len(finals))
    idle = any(record.get("reason") == "idle" for record in restated)
    grown = restated and any(name.endswith("_dated") for name in expected.measures)
    if finals and not idle and not grown and not expected.shows(finals[0], late=False):
        yield differs("final", expected.stated(late=False), finals[0])
    if restated:
        last = max(restated, key=lambda record: int(record["revision"]))
        if not expected.shows(last, late=True):
            yield differs("last restatement", expected.stated(late=True), last)
    elif (finals or closed) and expected.restates:
        yield differs("last restatement", expected.stated(late=True), None)


def _number(record: Mapping[str, Any]) -> Fraction | None:
    value, scale = record["value"], int(record["scale"])
    if value is None:
        return None
    # Most are sums: Fraction reads a text with a regular expression, for each of a million results.
    return Fraction(int(value), scale) if value.lstrip("-").isdigit() else Fraction(value) / scale


def _near(
    actual: Fraction | None, wanted: Fraction | None, within: Fraction, off: Fraction = Fraction(0)
) -> bool:
    """Whether two numbers are equal within a relative or an absolute tolerance."""
    if actual is None or wanted is None:
        return actual is None and wanted is None
    # Nearly all are equal, and to see that costs a tenth.
    return actual == wanted or abs(actual - wanted) <= abs(wanted) * within + off
