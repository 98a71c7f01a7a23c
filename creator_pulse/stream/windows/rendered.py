"""What a merge lane shows as of one commit, as text only once somebody asks for it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from operator import is_
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec

from creator_pulse.stream.windows.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.stream.aggregates.result import Result

_MOST_NAMED = 20
Pairs = tuple[tuple[str, str], ...]


class Series(NamedTuple):
    """One number.

    Attributes:
        name: of the value, without ``pulse_``.
        own: labels of its series.
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
    """

    def __init__(self, make: Callable[[], tuple[Series, ...]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> tuple[Series, ...]:
        return self._make()

    def __iter__(self) -> Iterator[Series]:
        return iter(self._made)


class WindowViews:
    """The live views of one window, made once somebody asks for them, and then kept.

    Args:
        end: of the window, ms.
        watermark: as of which the numbers are told, ms.
        trust: name and number, the same for all of them; nothing that moves while the numbers stand.
        series: by formula.
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
        """JSON by the key of the view: the value's name and the labels of its series."""
        told = {"end": self._end, "watermark": self._watermark, **dict(self._trust)}
        return {
            view_key(one.name, one.own): msgspec.json.encode(
                {"value": one.number, **told, **_identities(one.result)}
            )
            for of_formula in self._series
            for one in of_formula
        }

    def tells(
        self, end: int, trust: tuple[tuple[str, float], ...], series: tuple[Iterable[Series], ...]
    ) -> bool:
        """Whether these are the views of such a window, whatever the watermark."""
        same = len(series) == len(self._series) and all(map(is_, series, self._series))
        return same and (end, trust) == (self._end, self._trust)


def view_key(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """The key of a live view: ``name=...|app=...|...``.

    Args:
        name: of the value, without ``pulse_``.
        labels: of its series, in the order of their names.
    """
    return "|".join(f"{key}={text}" for key, text in (("name", name), *labels))


class Seen(NamedTuple):
    """The numbers of one window.

    Attributes:
        trust: name and number, the same for all of them.
        series: by formula.
        views: for Redis.
    """

    trust: tuple[tuple[str, float], ...]
    series: tuple[Iterable[Series], ...]
    views: WindowViews


class WindowSamples(Iterable[Sample]):
    """The series of all windows.

    Args:
        seen: windows.
    """

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._seen = seen

    def __iter__(self) -> Iterator[Sample]:
        for window in self._seen:
            trust = [(f"pulse_value_{name}", shown) for name, shown in window.trust]
            for of_formula in window.series:
                for one in of_formula:
                    yield Sample(f"pulse_{one.name}", one.own, one.number)
                    for family, shown in trust:
                        yield Sample(family, one.beside, shown)


class AllSamples(Iterable[Sample]):
    """Several groups of samples as one.

    Args:
        groups: each may be gone through more than once.
    """

    def __init__(self, groups: Sequence[Iterable[Sample]]) -> None:
        self._groups = groups

    def __iter__(self) -> Iterator[Sample]:
        return chain.from_iterable(self._groups)


class RenderedViews(Mapping[str, bytes]):
    """The current values by key, as JSON.

    Args:
        seen: windows.
    """

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._seen = seen

    def __getitem__(self, key: str) -> bytes:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    @cached_property
    def _made(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for window in self._seen:
            found |= window.views.by_key
        return found


NO_VIEWS: Mapping[str, bytes] = MappingProxyType({})
"""Of a sink that has none."""


def joined_views(views: Sequence[Mapping[str, bytes]]) -> Mapping[str, bytes]:
    """The views of several sinks as one mapping, which makes none of them before somebody asks.

    Most sinks have none, and looking into several mappings costs at each commit, so one alone stays as it is.
    """
    found = [one for one in views if one is not NO_VIEWS]
    return found[0] if len(found) == 1 else ChainMap(*cast("list[dict[str, bytes]]", found))


def _identities(result: Result) -> dict[str, object]:
    """Who it is: for live views only, and no more than a page can show."""
    found: dict[str, object] = {"who": result.who} if result.who else {}
    if result.flags:
        found["flagged"] = [(one.who, one.evidence) for one in result.flags[:_MOST_NAMED]]
    return found
