"""Dated reference entries: which rate holds for whom and when."""

from __future__ import annotations

from bisect import bisect_right
from itertools import product
from typing import TYPE_CHECKING

from creator_pulse.stream.events.defaults import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANY = "*"
# Which of app, region, platform are named, the most specific first; app before region before platform.
_RANKED = sorted(product((True, False), repeat=3), key=lambda named: (sum(named), *named), reverse=True)


class _Steps:
    """Values by the time from which they hold, and until when: then none holds until the next begins."""

    def __init__(self) -> None:
        self._by_start: dict[int, tuple[int, object]] = {}
        self._starts: list[int] = []

    def put(self, start: int, value: int, until: object) -> None:
        self._by_start[start] = value, until
        self._starts = sorted(self._by_start)

    def at(self, time_ms: int) -> int | None:
        place = bisect_right(self._starts, time_ms)
        if not place:
            return None
        value, until = self._by_start[self._starts[place - 1]]
        return value if not isinstance(until, int) or time_ms < until else None


class RateBook:
    """Answers which rate was valid at an event time.

    For example ``RateBook().fx("EUR", 0)`` is 1,080,000: the built-in rate.

    Of the entries valid at that time the most specific key wins, and of that key the newest
    ``valid_from``. An entry that repeats a key and a ``valid_from`` replaces the earlier one.

    Args:
        entries: values of the reference topic, oldest first: ``kind`` ``fx`` (``id`` a currency) or
            ``rate`` (``id`` ``creator|price:app:region:platform``, each of the three may be ``*``),
            ``valid_from`` and perhaps ``valid_until``, epoch milliseconds, ``usd_micros``; or ``gift``
            (the gift's ``id``, ``unit_coins``); or ``campaign`` (the campaign's ``id``, ``valid_until``,
            ``usd_micros``). Other kinds are passed over.

    Attributes:
        campaigns: id -> begin, end and micro-USD of each version of the plan.
    """

    def __init__(self, entries: Iterable[Mapping[str, object]] = DEFAULTS) -> None:
        self._fx: dict[str, _Steps] = {}
        self._gifts: dict[str, _Steps] = {}
        self._rates: dict[tuple[str, ...], _Steps] = {}
        self._matching: dict[tuple[str, ...], list[_Steps]] = {}
        self.campaigns: dict[str, list[tuple[int, int, int]]] = {}
        for entry in entries:
            if entry["kind"] == "campaign":
                self._plan(entry)
            if entry["kind"] not in {"fx", "rate", "gift"}:
                continue
            amount = "unit_coins" if entry["kind"] == "gift" else "usd_micros"
            name, start, value = str(entry["id"]), _whole(entry, "valid_from"), _whole(entry, amount)
            until = entry.get("valid_until")
            if entry["kind"] == "fx":
                self._fx.setdefault(name, _Steps()).put(start, value, until)
            elif entry["kind"] == "gift":
                self._gifts.setdefault(name, _Steps()).put(start, value, until)
            else:
                self._rates.setdefault(tuple(name.split(":")), _Steps()).put(start, value, until)

    def fx(self, currency: str, time_ms: int) -> int | None:
        """Micro-USD of one unit of a currency, None where no rate is valid at that time."""
        steps = self._fx.get(currency)
        return None if steps is None else steps.at(time_ms)

    def coins(self, gift_id: str, time_ms: int) -> int | None:
        """Coins of a gift by the catalogue, None where it does not have it at that time."""
        steps = self._gifts.get(gift_id)
        return None if steps is None else steps.at(time_ms)

    def rate(self, name: str, place: tuple[str, str, str | None], time_ms: int) -> int | None:
        """Micro-USD per coin.

        Args:
            name: ``creator`` or ``price``.
            place: app, region, platform; a missing platform matches only ``*``.
            time_ms: event time, epoch ms.

        Returns:
            The rate; None where no entry is valid at that time.
        """
        key = (name, place[0], place[1], place[2] or ANY)
        if key not in self._matching:
            self._matching[key] = self._match(key)
        for steps in self._matching[key]:
            version = steps.at(time_ms)
            if version is not None:
                return version
        return None

    def _plan(self, entry: Mapping[str, object]) -> None:
        since, until, micros = (_whole(entry, name) for name in ("valid_from", "valid_until", "usd_micros"))
        versions = self.campaigns.setdefault(str(entry["id"]), [])
        versions[:] = [*(version for version in versions if version[0] != since), (since, until, micros)]

    def _match(self, key: tuple[str, ...]) -> list[_Steps]:
        candidates = [
            (key[0], *(part if wanted else ANY for part, wanted in zip(key[1:], named, strict=True)))
            for named in _RANKED
        ]
        return [self._rates[name] for name in dict.fromkeys(candidates) if name in self._rates]


def _whole(entry: Mapping[str, object], name: str) -> int:
    """A field that the kind of the entry must have, an integer."""
    value = entry[name]
    assert isinstance(value, int)
    return value
