"""Dated references: entries are never edited, a correction is a new version with its own date.

An entry is one JSON object of ``<prefix>.reference`` (key ``kind:id:valid_from``)::

    {"kind": "fx",   "id": "EUR",                    "valid_from": 0, "usd_micros": 1080000}
    {"kind": "rate", "id": "creator:tiktok:US:ios",  "valid_from": 0, "usd_micros": 5000}
    {"kind": "rate", "id": "price:tiktok:*:*",       "valid_from": 0, "usd_micros": 14300}
    {"kind": "gift", "id": "rose",                   "valid_from": 0, "unit_coins": 1, "gift_type": 1}

``fx`` is micro-USD per unit of a currency, ``rate`` micro-USD per coin by app, region and platform,
``take_rate`` basis points by tool, app and region; ``*`` stands for any, and the entry with the fewest
``*`` wins (then app before region before platform). Times are epoch milliseconds. The contract page has
all kinds; an entry of a kind that is not known here is counted and used for nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.reference_entry import REQUIRED, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from creator_pulse.stream.events.schema import Lookup

ANY = "*"
Timeline = list[tuple[int, int]]
_MOST_RESOLVED = 10_000
"""Keys whose timeline is remembered: regions and platforms are free text, so there may be any number."""


class References:
    """The entries known so far, and the look-up by them.

    Args:
        entries: JSON-like objects; the built-in defaults come first, so that any entry of the same
            kind, id and date replaces them.

    Attributes:
        version: entries that came from the topic, understood or not.
        ignored: those of them that were not used: of a kind that is not known, or no entry at all.
    """

    def __init__(self, entries: Iterable[Mapping[str, object]] = ()) -> None:
        self._dated: dict[tuple[str, str], dict[int, Entry]] = {}
        self._resolved: dict[tuple[str | None, ...], Timeline] = {}
        self._named: dict[tuple[str, str], tuple[int, tuple[frozenset[str], ...]]] = {}
        """By kind and name: the version for which they were found, and the values that entries name."""
        self.version = 0
        self.ignored = 0
        for entry in (*DEFAULTS, *entries):
            self._add(msgspec.convert(entry, Entry))

    def add(self, value: bytes) -> bool:
        """Take an entry of the reference topic.

        Args:
            value: its JSON.

        Returns:
            whether it is an entry; also of a kind that is not known, which changes nothing.
        """
        self.version += 1
        try:
            entry = msgspec.json.decode(value, type=Entry)
        except msgspec.MsgspecError:
            self.ignored += 1
            return False
        used = entry.kind in REQUIRED and entry.whole
        if used:
            self._add(entry)
        self.ignored += not used
        return entry.whole

    def timeline(self, lookup: Lookup, key: tuple[str | None, ...]) -> Timeline:
        """The values of one key by the time from which each holds, rising.

        Args:
            lookup: what to look up.
            key: the values of its key fields.
        """
        known = (lookup.kind, lookup.name, *key)
        if known not in self._resolved:
            if len(self._resolved) >= _MOST_RESOLVED:
                self._resolved.clear()
            parts = zip(key, self.named(lookup), strict=True)
            combo = tuple(part if part is not None and part in wanted else "" for part, wanted in parts)
            self._resolved[known] = self._resolve(lookup, combo)
        return self._resolved[known]

    def named(self, lookup: Lookup) -> tuple[frozenset[str], ...]:
        """Of each key field, the values that some entry names: any other one has the rates of none.

        So a record whose region is ``*``, or holds a ``:``, is not that of an entry which reads alike.

        Args:
            lookup: what is looked up.
        """
        at = (lookup.kind, lookup.name)
        known = self._named.get(at)
        if known is None or known[0] != self.version:
            ids = (entry.id for entry in self.entries(lookup.kind))
            split = (one.split(":") for one in ids) if lookup.name else ([one] for one in ids)
            first = 1 if lookup.name else 0
            wanted = [
                parts[first:]
                for parts in split
                if len(parts) == first + len(lookup.keys) and parts[:first] == [lookup.name][:first]
            ]
            columns = zip(*wanted, strict=True) if wanted else [()] * len(lookup.keys)
            names = tuple(frozenset(one) - {"", *([ANY] if lookup.name else ())} for one in columns)
            known = self._named[at] = (self.version, names)
        return known[1]

    def entry(self, kind: str, name: str, at: int) -> Entry | None:
        """The version of an entry that holds at a time (epoch ms), or None.

        Args:
            kind: of the entry.
            name: its id.
            at: the time.
        """
        versions = self._dated.get((kind, name), {})
        # Scrapes ask from a thread of their own, so nothing that may grow meanwhile is walked.
        since = max((date for date in list(versions) if date <= at), default=None)
        return None if since is None else versions[since]

    def entries(self, kind: str) -> Iterator[Entry]:
        """All versions of all entries of a kind, those of one id together."""
        for (known, _), versions in list(self._dated.items()):
            if known == kind:
                yield from list(versions.values())

    def _add(self, entry: Entry) -> None:
        self._dated.setdefault((entry.kind, entry.id), {})[entry.valid_from] = entry
        self._resolved.clear()

    def _resolve(self, lookup: Lookup, combo: tuple[str, ...]) -> Timeline:
        if not lookup.name:
            ids = [combo[0]]
        else:
            # Fewest wildcards first; among equals the earlier part is the more specific one.
            masks = sorted(product((False, True), repeat=len(combo)), key=lambda mask: (sum(mask), mask))
            ids = [
                ":".join(
                    (lookup.name, *(ANY if wild else part for part, wild in zip(combo, mask, strict=True)))
                )
                for mask in masks
                if all(part or wild for part, wild in zip(combo, mask, strict=True))
            ]
        versions = [self._dated.get((lookup.kind, one), {}) for one in ids]
        dates = sorted({date for known in versions for date in known})
        return [
            (date, value) for date in dates if (value := _value_at(versions, date, lookup.field)) is not None
        ]


def latest(timeline: Timeline, at: int) -> int | None:
    """The value that holds at a time (epoch ms), or None."""
    place = bisect_right(timeline, at, key=itemgetter(0))
    return timeline[place - 1][1] if place else None


def _value_at(versions: list[dict[int, Entry]], at: int, field: str) -> int | None:
    """The value of the most specific id that has begun."""
    for known in versions:
        since = max((date for date in known if date <= at), default=None)
        if since is not None:
            value: int | None = getattr(known[since], field)
            return value
    return None
