"""Which windows a cell of the ledger belongs to, worked out with dates rather than remainders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.recompute_firsts import firsts_of
from creator_pulse.proof.ledger.truth import HORIZONS
from creator_pulse.proof.ledger.verify import LabelSet
from creator_pulse.stream.catalog.declare import WINDOWS
from creator_pulse.stream.catalog.registry import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.stream.catalog.declare import Value, Window
    from creator_pulse.stream.settings import Settings

Place = tuple[str, str, int, LabelSet]
"""Value name, window label, window start, labels."""
_DAYS = {"day": 1, "7d": 7, "14d": 14, "28d": 28}
"""Label -> business days; ``mtd`` is of a month."""


def cells_of(
    truth: Truth, values: Iterable[Value], settings: Settings
) -> Iterator[tuple[Value, str, tuple[str, ...], list[int | None], tuple[Place, list[int]]]]:
    """Every cell in every window that reads it: value, measure, labels, parts, and the window.

    Args:
        truth: the ledger's sums.
        values: that read them.
        settings: where business days begin.
    """
    using: dict[str, list[Value]] = {}
    for value in values:
        for name in value.measures:
            using.setdefault(name, []).append(value)
    windows = {**truth.windows, **firsts_of(truth.windows)}
    for (name, labels, pane), parts in windows.items():
        for value in using.get(name, ()):
            for place in _places(value, (name, labels, pane), parts, settings):
                yield value, name, labels, parts, place


def end_of(place: Place, settings: Settings) -> int:
    """When a window ends, ms.

    Args:
        place: of one of its results.
        settings: where business days begin.
    """
    _, label, start, labels = place
    if label != "mtd":
        return start + WINDOWS[label].size_ms
    day = _date(start, _hours(dict(labels), settings))
    return _ms((day + timedelta(days=31)).replace(day=1), _hours(dict(labels), settings))


def _places(
    value: Value, cell: tuple[str, tuple[str, ...], int], parts: list[int | None], settings: Settings
) -> Iterator[tuple[Place, list[int]]]:
    """The windows of a value that hold a cell, and what came late for each."""
    name, labels, pane = cell
    known = {**dict(zip(MEASURES[name].labels, labels, strict=True)), **MEASURES[name].fixed}
    shown = [label for label in value.labels if label not in value.formula.made]
    chosen = frozenset({**{label: known[label] for label in shown}, **value.fixed}.items())
    for window in (WINDOWS[label] for label in value.windows):
        reached = sum(horizon <= window.restate_ms for horizon in HORIZONS)
        late = [part for part in parts[1 : 1 + reached] if part is not None]
        if parts[0] is not None or late:
            for start in _starts(window, pane, _hours(known, settings)):
                yield (value.name, window.label, start, chosen), late


def _starts(window: Window, pane: int, hours: int) -> Iterable[int]:
    """Starts of the windows that hold a minute."""
    if window.label == "mtd":
        return [_ms(_date(pane, hours).replace(day=1), hours)]
    if window.label in _DAYS:
        last = _date(pane, hours)
        return [_ms(last - timedelta(days=back), hours) for back in range(_DAYS[window.label])]
    first_end = pane // window.step_ms * window.step_ms + window.step_ms
    return range(first_end - window.size_ms, first_end, window.step_ms)


def _hours(labels: dict[str, str], settings: Settings) -> int:
    return settings.day_offset_hours.get(labels.get("app", ""), 0)


def _date(time_ms: int, hours: int) -> datetime:
    """Midnight of the business date, as if it were UTC."""
    local = datetime.fromtimestamp(time_ms / 1000, UTC) + timedelta(hours=hours)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _ms(date: datetime, hours: int) -> int:
    return round((date - timedelta(hours=hours)).timestamp() * 1000)
