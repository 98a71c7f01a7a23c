"""Series and views of a merge lane as of one commit, rendered only if somebody asks."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from operator import is_
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec

from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.aggregates.result import Result

_MOST_NAMED = 20
Pairs = tuple[tuple[str, str], ...]


class Series(NamedTuple):
    """One number.

    Attributes:
        name: of the value, without ``pulse_``.
        own: labels of the series.
        beside: labels of the series that say how far to trust it.
        number: as it is shown.
        result: that it is of.
    """

    name: str
    own: Pairs
    beside: Pairs
    number: float
    result: Result


class FormulaSeries(Iterable[Series]):
    """The series of one formula in one window, made once somebody asks: a scrape is rarer than a commit.

    Args:
        make: makes them, of results that do not change any more.

    Example:
        >>> list(FormulaSeries(lambda: ()))
        []
    """

    def __init__(self, make: Callable[[], tuple[Series, ...]]) -> None:
        self._make = make

    @cached_property
    def _series(self) -> tuple[Series, ...]:
        return self._make()

    def __iter__(self) -> Iterator[Series]:
        return iter(self._series)


class WindowViews:
    """The live views of one window, made once somebody asks for them, and then kept.

    Args:
        end: of the window, ms.
        watermark: as of which the numbers are told, ms.
        trust: name and number, the same for all series; nothing that moves while the numbers stand.
        series: a group for each formula of the window.
    """

    def __init__(
        self,
        end: int,
        watermark: int,
        trust: tuple[tuple[str, float], ...],
        series: tuple[Iterable[Series], ...],
    ) -> None:
        self._end, self._watermark = end, watermark
        self._trust, self._series = trust, series

    @cached_property
    def by_key(self) -> Mapping[str, bytes]:
        """JSON by the key of the view: the value's name and the labels of the series."""
        of_window = {"end": self._end, "watermark": self._watermark, **dict(self._trust)}
        return {
            view_key(series.name, series.own): msgspec.json.encode(
                {"value": series.number, **of_window, **_identities(series.result)}
            )
            for of_formula in self._series
            for series in of_formula
        }

    def same_as(
        self, end: int, trust: tuple[tuple[str, float], ...], series: tuple[Iterable[Series], ...]
    ) -> bool:
        """Whether these are the views of such a window, whatever the watermark."""
        # Identity, not equality: series are made anew only when a result has changed.
        same = len(series) == len(self._series) and all(map(is_, series, self._series))
        return same and (end, trust) == (self._end, self._trust)


def view_key(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """The key of a live view: ``name=...|app=...|...``.

    Args:
        name: of the value, without ``pulse_``.
        labels: of the series, in the order of their names.

    Example:
        >>> view_key("gifts", [("app", "tiktok")])
        'name=gifts|app=tiktok'
    """
    return "|".join(f"{key}={text}" for key, text in (("name", name), *labels))


class WindowNumbers(NamedTuple):
    """The numbers of one window.

    Attributes:
        trust: name and number, the same for all series.
        series: a group for each formula of the window.
        views: for Redis.
    """

    trust: tuple[tuple[str, float], ...]
    series: tuple[Iterable[Series], ...]
    views: WindowViews


class WindowSamples(Iterable[Sample]):
    """The series of all windows.

    Args:
        numbers: the numbers of all windows as of one commit.
    """

    def __init__(self, numbers: Sequence[WindowNumbers]) -> None:
        self._numbers = numbers

    def __iter__(self) -> Iterator[Sample]:
        for window in self._numbers:
            trust = [(f"pulse_value_{name}", number) for name, number in window.trust]
            for of_formula in window.series:
                for series in of_formula:
                    yield Sample(f"pulse_{series.name}", series.own, series.number)
                    for family, number in trust:
                        yield Sample(family, series.beside, number)


class AllSamples(Iterable[Sample]):
    """Several groups of samples as one.

    Args:
        groups: each may be gone through more than once.

    Example:
        >>> first, second = Sample("pulse_a", (), 1), Sample("pulse_b", (), 2)
        >>> [sample.family for sample in AllSamples(([first], [second]))]
        ['pulse_a', 'pulse_b']
    """

    def __init__(self, groups: Sequence[Iterable[Sample]]) -> None:
        self._groups = groups

    def __iter__(self) -> Iterator[Sample]:
        return chain.from_iterable(self._groups)


class RenderedViews(Mapping[str, bytes]):
    """The current values by key, as JSON.

    Args:
        numbers: the numbers of all windows as of one commit.
    """

    def __init__(self, numbers: Sequence[WindowNumbers]) -> None:
        self._numbers = numbers

    def __getitem__(self, key: str) -> bytes:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    @cached_property
    def _by_key(self) -> dict[str, bytes]:
        by_key: dict[str, bytes] = {}
        for window in self._numbers:
            by_key |= window.views.by_key
        return by_key


NO_VIEWS: Mapping[str, bytes] = MappingProxyType({})
"""Of a sink that has none."""


def joined_views(views: Sequence[Mapping[str, bytes]]) -> Mapping[str, bytes]:
    """The views of several sinks as one mapping, which renders none before somebody asks.

    Most sinks have none, and looking into several mappings costs at each commit, so one alone stays as it is.
    """
    of_sinks = [of_sink for of_sink in views if of_sink is not NO_VIEWS]
    return of_sinks[0] if len(of_sinks) == 1 else ChainMap(*cast("list[dict[str, bytes]]", of_sinks))


def _identities(result: Result) -> dict[str, object]:
    """Who it is: for live views only, and no more than a page can show."""
    fields: dict[str, object] = {"who": result.who} if result.who else {}
    if result.flags:
        fields["flagged"] = [(flag.who, flag.evidence) for flag in result.flags[:_MOST_NAMED]]
    return fields
