"""Dated rates: entries are never edited, a correction is a new version with its own date.

An entry is one JSON object of ``<prefix>.reference`` (key ``kind:id:valid_from``)::

    {"kind": "fx",   "id": "EUR",                    "valid_from": 0, "usd_micros": 1080000}
    {"kind": "rate", "id": "creator:tiktok:US:ios",  "valid_from": 0, "usd_micros": 5000}
    {"kind": "rate", "id": "price:tiktok:*:*",       "valid_from": 0, "usd_micros": 14300}
    {"kind": "gift", "id": "rose",                   "valid_from": 0, "unit_coins": 1, "gift_type": 1}

``fx`` is micro-USD per unit of a currency, ``rate`` micro-USD per coin by app, region and platform;
``*`` stands for any, and the entry with the fewest ``*`` wins (then app before region before
platform). Times are epoch milliseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from stream.events.defaults import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stream.events.schema import Lookup

ANY = "*"
Timeline = list[tuple[int, int]]
_MOST_RESOLVED = 10_000
"""Keys whose timeline is remembered: regions and platforms are free text, so there may be any number."""


class Entry(msgspec.Struct, frozen=True):
    """One version of one reference value."""

    kind: str
    id: str
    valid_from: int
    usd_micros: int | None = None
    unit_coins: int | None = None
    gift_type: int | None = None

    @property
    def key(self) -> bytes:
        """Its key in the reference topic."""
        return f"{self.kind}:{self.id}:{self.valid_from}".encode()


class References:
    """The entries known so far, and the look-up by them.

    Args:
        entries: JSON-like objects; the built-in defaults come first, so that any entry of the same
            kind, id and date replaces them.
    """

    def __init__(self, entries: Iterable[Mapping[str, object]] = ()) -> None:
        self._dated: dict[tuple[str, str], dict[int, Entry]] = {}
        self._resolved: dict[tuple[str | None, ...], Timeline] = {}
        self.version = 0
        for entry in (*DEFAULTS, *entries):
            self._add(msgspec.convert(entry, Entry))

    def add(self, value: bytes) -> bool:
        """Take an entry of the reference topic.

        Args:
            value: its JSON.

        Returns:
            whether it was one that is understood.
        """
        self.version += 1
        try:
            entry = msgspec.json.decode(value, type=Entry)
        except msgspec.MsgspecError:
            return False
        self._add(entry)
        return True

    def timeline(self, lookup: Lookup, key: tuple[str | None, ...]) -> Timeline:
        """The rates of one key by the time from which each holds, rising.

        Args:
            lookup: what to look up.
            key: the values of its key fields.
        """
        known = (lookup.kind, lookup.name, *key)
        if known not in self._resolved:
            if len(self._resolved) >= _MOST_RESOLVED:
                self._resolved.clear()
            self._resolved[known] = self._resolve(lookup, tuple(part or "" for part in key))
        return self._resolved[known]

    def gift(self, gift_id: str, at: int) -> Entry | None:
        """The catalogue entry of a gift at a time, or None."""
        versions = self._dated.get(("gift", gift_id), {})
        since = max((date for date in versions if date <= at), default=None)
        return None if since is None else versions[since]

    def _add(self, entry: Entry) -> None:
        self._dated.setdefault((entry.kind, entry.id), {})[entry.valid_from] = entry
        self._resolved.clear()

    def _resolve(self, lookup: Lookup, combo: tuple[str, ...]) -> Timeline:
        if lookup.kind == "fx":
            ids = [combo[0]]
        else:
            # Fewest wildcards first; among equals the earlier part is the more specific one.
            masks = sorted(product((False, True), repeat=len(combo)), key=lambda mask: (sum(mask), mask))
            ids = [
                ":".join(
                    (lookup.name, *(ANY if wild else part for part, wild in zip(combo, mask, strict=True)))
                )
                for mask in masks
            ]
        versions = [self._dated.get((lookup.kind, one), {}) for one in ids]
        dates = sorted({date for known in versions for date in known})
        return [(date, rate) for date in dates if (rate := _rate_at(versions, date)) is not None]


def latest(timeline: Timeline, at: int) -> int | None:
    """The rate that holds at a time (epoch ms), or None."""
    place = bisect_right(timeline, at, key=itemgetter(0))
    return timeline[place - 1][1] if place else None


def _rate_at(versions: list[dict[int, Entry]], at: int) -> int | None:
    """The rate of the most specific id that has begun."""
    for known in versions:
        since = max((date for date in known if date <= at), default=None)
        if since is not None:
            return known[since].usd_micros
    return None
