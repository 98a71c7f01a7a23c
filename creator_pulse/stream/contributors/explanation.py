"""Which values explain a change: their shares of it, and how surprising these are.

As in Bhagwan et al., *Adtributor: Revenue Debugging in Advertising Systems* (NSDI 2014). Of a value ``i`` of
a label with forecast ``F_i`` and actual ``A_i``, where the whole has ``F`` and ``A``:

- explanatory power: its share of the change, ``(A_i - F_i) / (A - F)``. Of a share ``n / d`` it is how the
  share would have changed had only this value changed by ``dn_i`` and ``dd_i``, the finite difference
  ``(dn_i F_d - dd_i F_n) / (F_d (F_d + dd_i))``, by the sum of these over the label's values.
- surprise: half of ``p log(2p / (p + q)) + q log(2q / (p + q))``, its part of the Jensen-Shannon divergence
  of the forecast distribution ``p = F_i / F`` and the actual one ``q = A_i / A``; of a share the sum over
  both measures.

A label explains the change by few values, the most surprising first, each with a tenth of it at least, which
together have two thirds of it. Of labels that do, the one with the largest surprise is the best. Not in the
paper: the values must have half as much again of the change as of the volume, so that what falls everywhere
is blamed on nobody; and a pair of labels is preferred only where it has changed by a quarter more than either
label alone, as the surprise of a finer division is never smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import FOLDED, ZONED
from creator_pulse.stream.contributors.sums import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.contributors.timeline import Timeline, TimelinePart

    Floats = NDArray[np.float64]

EXPLAINED, LEAST_SHARE = 2 / 3, 0.1
"""Share of the change that an explanation has, and each of its values."""
MOST_TOGETHER = 3
"""Values of one explanation."""
CONCENTRATED = 1.5
"""Share of the change by share of the volume, from which values stand out."""
DEEPER = 1.25
"""How many times deeper than each of its labels a pair must have changed."""
MOST_CONTRIBUTORS = 20
"""Contributors of an answer."""
_LEVELS = (0.5, 2.0)
_LEVEL_MINUTES = 30
_QUIET = 0.05
_BEGUN = 0.1


class Contributor(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a change.

    Attributes:
        labels: name and value, one or two.
        usual: a minute; of a share its usual share, 0 to 1.
        seen: likewise.
        change: seen less usual.
        share: of the whole change; negative where it went the other way.
        surprise: how much its part of the whole has changed, 0 to 0.7 by measure.
        stands_out: whether it is of a few that explain the change while others do not.
    """

    labels: dict[str, str]
    usual: float
    seen: float
    change: float
    share: float
    surprise: float
    stands_out: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a signal, and the contributors to that change.

    Attributes:
        signal: its name.
        app: likewise; empty of all.
        region: of which alone it is; empty of all.
        since: begin of the explained time, epoch ms.
        until: its end, exclusive, epoch ms.
        usual: a minute; of a share its usual share, 0 to 1.
        seen: likewise.
        change: seen less usual.
        words: the best explanation in one sentence.
        contributors: the best explanation first, then the largest shares.
    """

    signal: str
    app: str
    region: str
    since: int
    until: int
    usual: float
    seen: float
    change: float
    words: str
    contributors: list[Contributor]


class _Divided(NamedTuple):
    """Numbers of a cut over the explained time.

    Attributes:
        labels: of the cut.
        values: for each part, one value for each label.
        usual: by part and measure.
        actual: likewise.
    """

    labels: tuple[str, ...]
    values: list[tuple[str, ...]]
    usual: Floats
    actual: Floats


def explained(timeline: Timeline, since: int, until: int, region: str = "") -> Explanation | None:
    """Explain how a signal differs from its usual value.

    Args:
        timeline: of the signal, six hours with their usual values.
        since: begin, in minutes since the epoch; if steps are longer than a minute, the step's begin.
        until: end, exclusive, in minutes since the epoch.
        region: of this one alone; empty: of all.

    Returns:
        None if there is no history to compare with, or the time is not within the timeline.
    """
    window = _Window.of(timeline, since, until)
    parts = _regional(timeline, region)
    if window is None or parts is None:
        return None
    whole_part, cuts = parts
    whole = _Divided((), [()], *window.numbers([whole_part]))
    if np.isnan(whole.usual).any():
        return None
    level = window.level(whole_part)
    whole = whole._replace(usual=whole.usual * level)
    divided = [
        _Divided(labels, [part.values for part in some], *window.numbers(some))
        for labels, some in cuts
        if some
    ]
    divided = [of_cut._replace(usual=_adding_up(of_cut.usual, whole.usual[0])) for of_cut in divided]
    judged = [_JudgedCut(of_cut, whole) for of_cut in divided]
    return _told(timeline, region, window.span, whole, judged)


def explained_by_app(timelines: Sequence[Timeline], since: int, until: int) -> Explanation | None:
    """Explain by app how a signal of all apps together differs from its usual value.

    Args:
        timelines: of one signal, one an app, at least one.
        since: begin, in minutes since the epoch.
        until: end, exclusive, in minutes since the epoch.

    Returns:
        None if some app has no history to compare with, or the time is not within its timeline.
    """
    apart = [_of_whole(timeline, since, until) for timeline in timelines]
    numbers_of_apps = [numbers for numbers in apart if numbers is not None]
    if len(numbers_of_apps) < len(apart):
        return None
    usual, actual = (np.array(some) for some in zip(*numbers_of_apps, strict=True))
    divided = _Divided((ZONED,), [(timeline.app,) for timeline in timelines], usual, actual)
    whole = _Divided((), [()], usual.sum(axis=0)[None], actual.sum(axis=0)[None])
    together = msgspec.structs.replace(timelines[0], app="")
    return _told(together, "", (since, until), whole, [_JudgedCut(divided, whole)])


def _of_whole(timeline: Timeline, since: int, until: int) -> tuple[Floats, Floats] | None:
    window = _Window.of(timeline, since, until)
    if window is None:
        return None
    usual, actual = window.numbers([timeline.whole])
    return None if np.isnan(usual).any() else (usual[0] * window.level(timeline.whole), actual[0])


class _Window:
    """The explained steps of a timeline, and those before, from the first on that has its usual volume."""

    def __init__(
        self, edges: NDArray[np.int64], chosen: NDArray[np.bool_], actual: NDArray[np.int64]
    ) -> None:
        self._chosen = chosen
        self._lengths = np.diff(edges)
        # Of a log that has just begun, single records may be much older than the rest.
        rates = actual / self._lengths
        usual = np.median(rates[rates > 0]) if rates.any() else 0.0
        self._before = np.maximum.accumulate(rates > _BEGUN * usual)
        self.span = int(edges[:-1][chosen][0]), int(edges[1:][chosen][-1])
        """Begin and end of the explained steps, in minutes since the epoch."""
        self._before[int(np.flatnonzero(chosen)[0]) :] = False
        self._hours = edges[:-1] // HOUR - int(edges[0]) // HOUR

    @classmethod
    def of(cls, timeline: Timeline, since: int, until: int) -> _Window | None:
        """The steps of a timeline from one minute to another; None if there is none."""
        edges = np.array(timeline.edges)
        chosen = (edges[1:] > since) & (edges[1:] <= until)
        return cls(edges, chosen, np.array(timeline.whole.actual).sum(axis=0)) if chosen.any() else None

    def numbers(self, parts: Sequence[TimelinePart]) -> tuple[Floats, Floats]:
        """The usual and the actual sums of the time, by part and measure.

        If an hour has no history, the rate before the explained time stands in.
        """
        actual = np.array([part.actual for part in parts], np.float64)
        usual = self._usual(parts)
        before = self._lengths[self._before].sum()
        past = actual[..., self._before].sum(axis=-1, keepdims=True) / before if before else np.nan
        usual = np.where(np.isnan(usual), past, usual) * self._lengths
        return usual[..., self._chosen].sum(axis=-1), actual[..., self._chosen].sum(axis=-1)

    def level(self, whole: TimelinePart) -> Floats:
        """Today's level by measure: actual sums before the explained time, divided by usual ones."""
        usual = self._usual([whole])[0]
        compared = self._before & ~np.isnan(usual)
        actual = np.where(compared, np.array(whole.actual), 0).sum(axis=-1)
        expected = np.where(compared, usual * self._lengths, 0.0).sum(axis=-1)
        enough = (compared * self._lengths).sum(axis=-1) >= _LEVEL_MINUTES
        # Hours of which nothing is known are held against the hours before, which have today's level already.
        fine = enough & (expected > 0) & ~np.isnan(usual[..., self._chosen]).any(axis=-1)
        return np.where(fine, np.clip(actual / np.maximum(expected, 1e-9), *_LEVELS), 1.0)

    def _usual(self, parts: Sequence[TimelinePart]) -> Floats:
        by_hour: Floats = np.array([part.usual for part in parts], np.float64)
        return by_hour[..., self._hours]


def _regional(
    timeline: Timeline, region: str
) -> tuple[TimelinePart, list[tuple[tuple[str, ...], list[TimelinePart]]]] | None:
    """The whole and its cuts; for one region, its cuts by each other label."""
    if not region:
        return timeline.whole, [(cut.labels, list(cut.parts)) for cut in timeline.cuts]
    by_labels = {cut.labels: cut.parts for cut in timeline.cuts}
    whole = next((part for part in by_labels.get((FOLDED,), ()) if part.values == (region,)), None)
    if whole is None:
        return None
    cuts: list[tuple[tuple[str, ...], list[TimelinePart]]] = []
    for labels, parts in by_labels.items():
        if len(labels) > 1 and FOLDED in labels:
            at = labels.index(FOLDED)
            own = [
                msgspec.structs.replace(part, values=(part.values[1 - at],))
                for part in parts
                if part.values[at] == region
            ]
            cuts.append(((labels[1 - at],), own))
    return whole, cuts


def _adding_up(usual: Floats, whole: Floats) -> Floats:
    """The usual values of parts, scaled to add up to the whole, because medians do not add up."""
    total = usual.sum(axis=0)
    return usual * np.where(total > 0, whole / np.maximum(total, 1e-9), 1.0)


class _JudgedCut:
    """The shares and surprises of a cut's values, and the values that explain the change."""

    def __init__(self, divided: _Divided, whole: _Divided) -> None:
        self.divided = divided
        usual, actual = whole.usual[0], whole.actual[0]
        self.shares = shares(divided.usual, divided.actual, usual, actual)
        self.surprises = surprises(divided.usual, divided.actual)
        self.depths = _depth(divided.usual, divided.actual)
        volume = divided.actual[:, -1] / max(actual[-1], 1e-9)
        if len(usual) == 1 and usual[0] > 0:
            volume = divided.usual[:, 0] / usual[0]
        self._volume = volume
        self.explaining = self._chosen()

    def _chosen(self) -> list[int]:
        """The values that explain the change, the largest share first; none if no few do."""
        chosen: list[int] = []
        for part in np.argsort(-self.surprises, kind="stable").tolist():
            if self.shares[part] >= LEAST_SHARE:
                chosen.append(part)
            if self.shares[chosen].sum() >= EXPLAINED or len(chosen) == MOST_TOGETHER:
                break
        share, volume = self.shares[chosen].sum(), self._volume[chosen].sum()
        if share < EXPLAINED or share < CONCENTRATED * volume:
            return []
        return sorted(chosen, key=lambda part: -float(self.shares[part]))

    @property
    def surprise(self) -> float:
        """Of the values that explain the change."""
        return float(self.surprises[self.explaining].sum())


def shares(usual: Floats, actual: Floats, whole_usual: Floats, whole_actual: Floats) -> Floats:
    """The share of the whole change that each value has.

    Args:
        usual: shape (values, measures); a second measure is the denominator of a share.
        actual: actual sums, of the same shape.
        whole_usual: of the whole, by measure.
        whole_actual: actual sums of the whole, by measure.

    Example:
        A fall from 100 to 40, of which one value has 54 and the other 6:

        >>> one = np.array([[60.0], [40.0]]), np.array([[6.0], [34.0]])
        >>> shares(*one, np.array([100.0]), np.array([40.0])).tolist()
        [0.9, 0.1]
    """
    change = actual - usual
    if usual.shape[1] == 1:
        total = float(whole_actual[0] - whole_usual[0])
        return change[:, 0] / total if total else np.zeros(len(usual))
    part, of = whole_usual
    alone = (change[:, 0] * of - change[:, 1] * part) / np.maximum(of * (of + change[:, 1]), 1e-9)
    total = alone.sum()
    return alone / total if total else np.zeros(len(usual))


def surprises(usual: Floats, actual: Floats) -> Floats:
    """How surprising the part of each value is, from 0 to half of log 2 by measure.

    Args:
        usual: by value and measure.
        actual: actual sums, of the same shape.
    """
    p = usual / np.maximum(usual.sum(axis=0), 1e-9)
    q = actual / np.maximum(actual.sum(axis=0), 1e-9)
    middle = np.maximum(p + q, 1e-12)
    terms = p * np.log(np.maximum(2 * p / middle, 1e-12)) + q * np.log(np.maximum(2 * q / middle, 1e-12))
    surprise: Floats = 0.5 * terms.sum(axis=1)
    return surprise


def _depth(usual: Floats, actual: Floats) -> Floats:
    """How far each value is from its usual one: as a fraction of that, or as a difference of shares."""
    if usual.shape[1] == 1:
        return np.abs(actual[:, 0] - usual[:, 0]) / np.maximum(usual[:, 0], 1.0)
    return np.abs(_share(actual) - _share(usual))


def _share(numbers: Floats) -> Floats:
    share: Floats = numbers[:, 0] / np.maximum(numbers[:, 1], 1e-9)
    return np.minimum(share, 1.0)


def _best(judged: Sequence[_JudgedCut]) -> _JudgedCut | None:
    """The cut that explains best; a pair only where it has changed by more than its labels."""
    alone: dict[tuple[str, ...], _JudgedCut] = {
        cut.divided.labels: cut for cut in judged if len(cut.divided.labels) == 1
    }
    explaining = [cut for cut in judged if cut.explaining]
    pairs = [cut for cut in explaining if len(cut.divided.labels) > 1 and _is_deeper(cut, alone)]
    singles = [cut for cut in explaining if len(cut.divided.labels) == 1]
    return max(pairs or singles, key=lambda cut: cut.surprise, default=None)


def _is_deeper(pair: _JudgedCut, alone: dict[tuple[str, ...], _JudgedCut]) -> bool:
    for part in pair.explaining:
        for label, value in zip(pair.divided.labels, pair.divided.values[part], strict=True):
            single = alone.get((label,))
            if single is None or (value,) not in single.divided.values:
                continue
            depth = single.depths[single.divided.values.index((value,))]
            if pair.depths[part] < DEEPER * depth:
                return False
    return True


def _told(
    timeline: Timeline, region: str, span: tuple[int, int], whole: _Divided, judged: Sequence[_JudgedCut]
) -> Explanation:
    minutes = span[1] - span[0]
    usual, actual = _shown(timeline, whole.usual, minutes)[0], _shown(timeline, whole.actual, minutes)[0]
    best = _best(judged)
    contributors = (
        [] if best is None else list(_of_cut(timeline, minutes, best, best.explaining, stands_out=True))
    )
    rest = [
        (float(cut.surprises[part]), cut, part)
        for cut in judged
        for part in range(len(cut.divided.values))
        if abs(cut.shares[part]) >= LEAST_SHARE and not (cut is best and part in cut.explaining)
    ]
    rest.sort(key=lambda each: -each[0])
    for _, cut, part in rest[: MOST_CONTRIBUTORS - len(contributors)]:
        contributors += _of_cut(timeline, minutes, cut, [part], stands_out=False)
    return Explanation(
        signal=timeline.signal,
        app=timeline.app,
        region=region,
        since=span[0] * MINUTE_MS,
        until=span[1] * MINUTE_MS,
        usual=usual,
        seen=actual,
        change=actual - usual,
        words=_words(timeline, usual, actual, contributors),
        contributors=contributors,
    )


def _of_cut(
    timeline: Timeline, minutes: int, cut: _JudgedCut, parts: Sequence[int], *, stands_out: bool
) -> Iterator[Contributor]:
    usual = _shown(timeline, cut.divided.usual, minutes)
    actual = _shown(timeline, cut.divided.actual, minutes)
    for part in parts:
        yield Contributor(
            labels=dict(zip(cut.divided.labels, cut.divided.values[part], strict=True)),
            usual=usual[part],
            seen=actual[part],
            change=actual[part] - usual[part],
            share=float(cut.shares[part]),
            surprise=float(cut.surprises[part]),
            stands_out=stands_out,
        )


def _shown(timeline: Timeline, numbers: Floats, minutes: int) -> list[float]:
    """As they are shown: a minute, or as a share."""
    displayed = _share(numbers) if timeline.is_share else numbers[:, 0] / (minutes * timeline.scale)
    return [float(number) for number in displayed]


def what(labels: dict[str, str]) -> str:
    """A contributor in words.

    Example:
        >>> what({"region": "US", "payment_method": "card"})
        'region US, payment method card'
    """
    return ", ".join(
        f"{name.removesuffix('_id').replace('_', ' ')} {value}" for name, value in labels.items()
    )


def _words(timeline: Timeline, usual: float, actual: float, contributors: Sequence[Contributor]) -> str:
    name = timeline.signal.replace("_", " ")
    if abs(actual - usual) <= _QUIET * (1.0 if timeline.is_share else max(usual, 1e-9)):
        return f"{name}: as usual ({_number(timeline, actual)}, usually {_number(timeline, usual)})."
    stand_out = [each for each in contributors if each.stands_out]
    change = f"{name}: {_number(timeline, actual)}, usually {_number(timeline, usual)}."
    if not stand_out:
        return f"{change} No few values explain it: all labels have changed alike."
    sentence = "; ".join(
        f"{what(each.labels)} has {each.share:.0%} of the change ({_number(timeline, each.seen)}, usually "
        f"{_number(timeline, each.usual)})"
        for each in stand_out
    )
    return f"{change} {sentence[:1].upper()}{sentence[1:]}."


def _number(timeline: Timeline, number: float) -> str:
    return f"{number:.1%}" if timeline.is_share else f"{number:.4g} a minute"
