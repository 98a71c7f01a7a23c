"""A signal over the last six hours beside its usual, by the values of its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from creator_pulse.stream.catalog.declaration.labels import OTHER
from creator_pulse.stream.contributors.places import WHOLE
from creator_pulse.stream.contributors.sums import HOUR, KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.contributors.broken_down import BrokenDown
    from creator_pulse.stream.contributors.names import BreakdownNames

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

VIEW = "contributors"
"""Name of the live views of timelines, by app and signal."""
FINE, STEP = 30, 5
"""The last so many minutes stand one by one, those before by so many."""
MOST_VALUES = 24
"""Values of a cut that are told apart; the largest."""
_STARTS = (*range(0, KEPT - FINE, STEP), *range(KEPT - FINE, KEPT))


class TimelinePart(msgspec.Struct, frozen=True, array_like=True):
    """One value, or the whole.

    Attributes:
        values: one for each label of the cut; ``other`` for all without a row; empty for the whole.
        actual: by measure (the counts, and for a share its denominators) and step.
        usual: by measure and hour, a minute; null if there is no history.
    """

    values: tuple[str, ...]
    actual: tuple[tuple[int, ...], ...]
    usual: tuple[tuple[float | None, ...], ...]


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """The whole, divided by some labels."""

    labels: tuple[str, ...]
    parts: tuple[TimelinePart, ...]


class Timeline(msgspec.Struct, frozen=True):
    """Of one signal in one app.

    Attributes:
        signal: its name.
        app: likewise.
        edges: begin of each step and the end of the last, in minutes since the epoch.
        scale: shown number = sum / scale; of a share 1.
        since_ms: when the present change began, epoch ms; null while the signal is as usual.
        whole: of all together.
        cuts: the whole, divided.
    """

    signal: str
    app: str
    edges: tuple[int, ...]
    scale: int
    since_ms: int | None
    whole: TimelinePart
    cuts: tuple[Cut, ...]

    @property
    def is_share(self) -> bool:
        """Whether it is a part of something."""
        return len(self.whole.actual) > 1

    @property
    def end(self) -> int:
        """Minutes since the epoch."""
        return self.edges[-1]


class MeasureColumn(NamedTuple):
    """Where a measure is summed."""

    of: BrokenDown
    place: int


class _Numbers:
    """Actual sums by step and usual ones by hour, of one value and one measure."""

    def __init__(self, steps: int, hours: int) -> None:
        self.actual: Ints = np.zeros(steps, np.int64)
        self.usual: Floats = np.zeros(hours)

    def add(self, actual: Ints, usual: Floats) -> None:
        """Add those of another value, or of another measure."""
        self.actual = self.actual + actual
        self.usual = self.usual + usual


_Values = tuple[str, ...]
_Divided = dict[_Values, dict[_Values, _Numbers]]
"""Labels of a cut -> values -> numbers; the whole has none of either."""


class TimelineSource(NamedTuple):
    """The signal and the columns that a timeline is made from.

    Attributes:
        signal: its name.
        app: likewise.
        scale: shown number = sum / scale.
        measures: the columns of the counts, and for a share also the denominators.
    """

    signal: str
    app: str
    scale: int
    measures: tuple[tuple[MeasureColumn, ...], ...]


def timeline(source: TimelineSource, end: int, since_ms: int | None, names: BreakdownNames) -> Timeline:
    """The six hours of a signal up to a minute.

    Args:
        source: the signal.
        end: minutes since the epoch, exclusive; closed.
        since_ms: when the present change began, epoch ms; None while the signal is as usual.
        names: the texts of values.
    """
    measures = [_divided(columns, end, names) for columns in source.measures]
    # A share can be divided only by what both of its sides carry.
    labels = [cut for cut in measures[0] if cut and all(cut in divided for divided in measures)]
    begin = end - KEPT
    return Timeline(
        signal=source.signal,
        app=source.app,
        edges=(*(begin + start for start in _STARTS), end),
        scale=source.scale,
        since_ms=since_ms,
        whole=_part((), [divided[()][()] for divided in measures]),
        cuts=tuple(Cut(cut, _parts([divided[cut] for divided in measures])) for cut in labels),
    )


def _divided(columns: Sequence[MeasureColumn], end: int, names: BreakdownNames) -> _Divided:
    begin = end - KEPT
    hours = range(begin // HOUR, (end - 1) // HOUR + 1)
    divided: _Divided = {(): {(): _Numbers(len(_STARTS), len(hours))}}
    for of, place in columns:
        places = of.places
        of_minutes = [of.sums.of_minute(minute, len(places))[:, place] for minute in range(begin, end)]
        # reduceat sums from each start up to the next: steps of five minutes, then single minutes.
        actual = np.add.reduceat(np.stack(of_minutes, axis=-1), _STARTS, axis=-1)
        usual = np.stack([of.usual(hour)[:, place] for hour in hours], axis=-1)
        for number, row in enumerate(places.rows):
            labels = () if number == WHOLE else places.cuts[row.cut]
            values = tuple(map(names.text, row.hashes)) or (OTHER,) * len(labels)
            of_cut = divided.setdefault(labels, {})
            if values not in of_cut:
                of_cut[values] = _Numbers(len(_STARTS), len(hours))
            of_cut[values].add(actual[number], usual[number])
    return divided


def _parts(measures: Sequence[dict[_Values, _Numbers]]) -> tuple[TimelinePart, ...]:
    steps, hours = next((len(numbers.actual), len(numbers.usual)) for numbers in measures[0].values())
    missing = _Numbers(steps, hours)

    def size(values: _Values) -> float:
        of_value = measures[-1].get(values, missing)
        return float(of_value.actual.sum() + HOUR * np.nansum(of_value.usual))

    every = dict.fromkeys(values for of_measure in measures for values in of_measure)
    ordered = sorted(
        (values for values in every if set(values) != {OTHER}), key=lambda each: (-size(each), each)
    )
    parts = [
        _part(values, [of_measure.get(values, missing) for of_measure in measures])
        for values in ordered[:MOST_VALUES]
    ]
    others = []
    for of_measure in measures:
        together = _Numbers(steps, hours)
        for values in every.keys() - set(ordered[:MOST_VALUES]):
            if values in of_measure:
                together.add(of_measure[values].actual, of_measure[values].usual)
        others.append(together)
    if any(together.actual.any() or np.nansum(together.usual) for together in others):
        parts.append(_part((OTHER,) * len(next(iter(every))), others))
    return tuple(parts)


def _part(values: _Values, measures: Sequence[_Numbers]) -> TimelinePart:
    return TimelinePart(
        values,
        tuple(tuple(of_measure.actual.tolist()) for of_measure in measures),
        tuple(tuple(map(_short, of_measure.usual.tolist())) for of_measure in measures),
    )


def _short(number: float) -> float | None:
    """Six digits say enough, and JSON has no NaN."""
    return None if np.isnan(number) else float(f"{number:.6g}")
