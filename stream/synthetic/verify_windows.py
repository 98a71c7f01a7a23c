"""Compares the ledger's window sums with the records of ``pulse.window``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stream.catalog.declare import WINDOWS, Ratio, Value, Window
from stream.catalog.registry import MEASURES, VALUES, topics_of
from stream.synthetic.truth import HORIZONS
from stream.synthetic.verify import Difference, LabelSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stream.settings import Settings
    from stream.synthetic.truth import Truth

Place = tuple[str, str, int, LabelSet]
"""Value name, window label, window start, labels."""


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

    def stated(self) -> dict[str, int]:
        """Measure id -> sum that the last restatement must show."""
        return {name: self.final.get(name, 0) + self.late.get(name, 0) for name in self.value.measures}


def expected_windows(truth: Truth) -> dict[Place, Expected]:
    """Every window in which a record fell, on time or late within the restate horizon.

    Args:
        truth: the ledger's sums.
    """
    using: dict[str, list[Value]] = {}
    for value in VALUES:
        for name in value.measures:
            using.setdefault(name, []).append(value)
    found: dict[Place, Expected] = {}
    for (name, labels, pane), parts in truth.windows.items():
        for value in using.get(name, ()):
            known = {**dict(zip(MEASURES[name].labels, labels, strict=True)), **MEASURES[name].fixed}
            chosen = frozenset({**{label: known[label] for label in value.labels}, **value.fixed}.items())
            for window in (WINDOWS[label] for label in value.windows):
                reached = sum(horizon <= window.restate_ms for horizon in HORIZONS)
                late = [part for part in parts[1 : 1 + reached] if part is not None]
                if parts[0] is None and not late:
                    continue
                for start in _starts(window, pane):
                    place = (value.name, window.label, start, chosen)
                    expected = found.setdefault(place, Expected(value))
                    if parts[0] is not None:
                        expected.final[name] = expected.final.get(name, 0) + parts[0]
                    if late:
                        expected.late[name] = expected.late.get(name, 0) + sum(late)
    return found


def verify_windows(
    truth: Truth, settings: Settings, records: Iterable[tuple[str, Mapping[str, Any]]]
) -> list[Difference]:
    """Compare with the results that were written.

    A final must show exactly what came in time, a key's last restatement that plus what came late;
    each key is final once, and is final as soon as the watermarks of all partitions of its topics have
    passed the window's end by the allowed lateness. A final that was issued on an idle partition may
    differ where a restatement with reason ``idle`` follows. Provisional results are not compared.

    Args:
        truth: the ledger's sums.
        settings: the allowed lateness.
        records: key and decoded value of every record of ``pulse.window``, in their order.

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
    expected = expected_windows(truth)
    for place in sorted(
        expected.keys() | finals.keys() | restated.keys(), key=lambda one: (*one[:3], sorted(one[3]))
    ):
        closed = place in expected and _closed(expected[place].value, place, truth, settings)
        differences += _compare(
            place, expected.get(place), finals.get(place, []), restated.get(place, []), closed
        )
    return differences


def _starts(window: Window, pane: int) -> range:
    """Starts of the windows that hold a pane: ends are multiples of the step."""
    first_end = pane // window.step_ms * window.step_ms + window.step_ms
    return range(first_end - window.size_ms, first_end, window.step_ms)


def _closed(value: Value, place: Place, truth: Truth, settings: Settings) -> bool:
    topics = topics_of(value)
    lowest = min((mark for (topic, _), mark in truth.watermarks.items() if topic in topics), default=0)
    return lowest >= place[2] + WINDOWS[place[1]].size_ms + settings.allowed_lateness_ms


def _compare(
    place: Place,
    expected: Expected | None,
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
    if len(finals) > 1 or (closed and expected.final and not finals):
        differs("times final", 1, len(finals))
    idle = any(record.get("reason") == "idle" for record in restated)
    in_time = {name: expected.final.get(name, 0) for name in expected.value.measures}
    if finals and not idle and not _shows(expected.value, finals[0], in_time):
        differs("final", in_time, finals[0])
    if restated:
        last = max(restated, key=lambda record: int(record["revision"]))
        if not _shows(expected.value, last, expected.stated()):
            differs("last restatement", expected.stated(), last)
    elif finals and any(expected.late.values()):
        differs("last restatement", expected.stated(), None)
    return differences


def _shows(value: Value, record: Mapping[str, Any], sums: Mapping[str, int]) -> bool:
    """Whether a result is made of these sums: by its parts, and its value where that is one integer sum."""
    parts = record.get("parts")
    if parts is not None:
        shown = {name: int(text) for name, text in parts}
        return (
            all(shown.get(name, 0) == total for name, total in sums.items()) and shown.keys() <= sums.keys()
        )
    if isinstance(value.formula, Ratio):
        return False
    return int(record["value"]) == sum(weight * sums[name] for name, weight in value.formula.terms.items())
