"""Dated references: entries are never edited, a correction is a new version with its own date.

An entry is one JSON object of ``<prefix>.reference`` (key ``kind:id:valid_from``)::

    {"kind": "fx",   "id": "EUR",                    "valid_from": 0, "usd_micros": 1080000}
    {"kind": "rate", "id": "creator:tiktok:US:ios",  "valid_from": 0, "usd_micros": 5000}
    {"kind": "rate", "id": "price:tiktok:*:*",       "valid_from": 0, "usd_micros": 14300}
    {"kind": "gift", "id": "rose",                   "valid_from": 0, "unit_coins": 1, "gift_type": 1}

``fx`` is micro-USD per unit of a currency, ``rate`` micro-USD per coin by app, region and platform,
``take_rate`` basis points by tool, app and region; ``*`` stands for any, and the entry with the fewest
``*`` wins (then app before region before platform). Times are epoch milliseconds. The contract page has
all kinds; anything else is counted and used for nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.events.defaults import DEFAULTS
from creator_pulse.stream.events.reference_entry import ANY, KINDS, Entry
from creator_pulse.stream.events.reference_judge import judged
from creator_pulse.stream.settings import DEFAULT_DAY_OFFSETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from creator_pulse.stream.events.schema import Lookup

Timeline = list[tuple[int, int | None]]
"""Begin of validity, epoch ms, and value, rising; the value is None if none is valid from then on."""
# Keys whose timeline is cached: regions and platforms are free text, so there may be any number.
_MOST_RESOLVED = 10_000


class References:
    """All entries so far, and lookups in them.

    Args:
        entries: valid JSON-like objects; the built-in defaults come first, so that any entry of the same
            kind, id and date replaces them.
        day_offsets: app -> hours by which its business day begins before that of UTC.
        most: limit of entries that are kept, built-in ones included; a new entry beyond it is not used.

    Attributes:
        version: number of entries that came from the topic, valid or not.
        ignored: number of those that were refused.
        most: as given.
        overflowed: number of valid entries that found no room.
    """

    def __init__(
        self,
        entries: Iterable[Mapping[str, object]] = (),
        day_offsets: Mapping[str, int] = DEFAULT_DAY_OFFSETS,
        most: int = 2**62,
    ) -> None:
        self.most = most
        self._day_offsets = day_offsets
        self._dated: dict[str, dict[str, dict[int, Entry]]] = {kind: {} for kind in KINDS}
        self._counts = dict.fromkeys(KINDS, 0)
        self._resolved: dict[tuple[str | None, ...], Timeline] = {}
        # By kind and name: the version for which they were found, and the values that entries name.
        self._named: dict[tuple[str, str], tuple[int, tuple[frozenset[str], ...]]] = {}
        self._voids: dict[tuple[str, int], tuple[tuple[int, int], ...]] = {}
        self.version = self.ignored = self.overflowed = 0
        for entry in (*DEFAULTS, *entries):
            self._add(msgspec.convert(entry, Entry))

    def add(self, value: bytes | None) -> bool:
        """Take an entry of the reference topic.

        Args:
            value: its JSON; None is a deletion, which is refused.

        Returns:
            whether it is used; if not, ``reference_judge`` gives the reason, unless there was no room for it.
        """
        self.version += 1
        entry = judged(value, self._day_offsets)
        if isinstance(entry, str):
            self.ignored += 1
            return False
        if self.size >= self.most and entry.valid_from not in self._dated[entry.kind].get(entry.id, ()):
            self.overflowed += 1
            return False
        # Notes and sources are for people, who read them in the topic: here they would take most of the room.
        # Those of overrides are few, and shown.
        self._add(
            entry
            if (entry.note is None and entry.source is None) or entry.kind == "override"
            else msgspec.structs.replace(entry, note=None, source=None)
        )
        return True

    def pass_over(self, count: int) -> None:
        """Count entries that cannot be read."""
        self.version += count
        self.ignored += count

    def timeline(self, lookup: Lookup, key: tuple[str | None, ...]) -> Timeline:
        """The values of one key, each with the begin of validity, rising.

        Args:
            lookup: the column to look up.
            key: the values of the key fields, None for null.
        """
        cache_key = (lookup.kind, lookup.name, *key)
        if cache_key not in self._resolved:
            if len(self._resolved) >= _MOST_RESOLVED:
                self._resolved.clear()
            parts = zip(key, self.named(lookup), strict=True)
            combo = tuple(part if part is not None and part in wanted else "" for part, wanted in parts)
            self._resolved[cache_key] = self._resolve(lookup, combo)
        return self._resolved[cache_key]

    def named(self, lookup: Lookup) -> tuple[frozenset[str], ...]:
        """Per key field, the values that some entry names: no other value has its own entry.

        So if a record's region is ``*``, or holds a ``:``, it does not match an entry that reads alike.

        Args:
            lookup: the column to look up.
        """
        at = (lookup.kind, lookup.name)
        cached = self._named.get(at)
        if cached is None or cached[0] != self.version:
            ids = (entry.id for entry in self.entries(lookup.kind))
            split = (name.split(":") for name in ids) if lookup.name else ([name] for name in ids)
            # Index of the first key field among the parts of an id: a named lookup has its name before it.
            first = 1 if lookup.name else 0
            wanted = [
                parts[first:]
                for parts in split
                if len(parts) == first + len(lookup.keys) and parts[:first] == [lookup.name][:first]
            ]
            columns = zip(*wanted, strict=True) if wanted else [()] * len(lookup.keys)
            names = tuple(frozenset(column) - {"", *([ANY] if lookup.name else ())} for column in columns)
            cached = self._named[at] = (self.version, names)
        return cached[1]

    def entry(self, kind: str, name: str, at: int) -> Entry | None:
        """The version of an entry that is valid at a time, or None.

        Args:
            kind: name of a kind in ``reference_entry.KINDS``.
            name: id of the entry, for example a currency.
            at: the time of the lookup, epoch ms.
        """
        # Scrapes ask from a thread of their own, so nothing that may grow meanwhile is walked.
        return _holding(dict(self._dated[kind].get(name, {})), at)

    def announced(self, app: str, tool: str, at: int) -> float:
        """How many times the usual volume the calendar expects; 1 on a usual day.

        Args:
            app: name of the app.
            tool: an entry for the tool (``app:tool``) is preferred to that for the app.
            at: the time, epoch ms.
        """
        for name in (f"{app}:{tool}", app):
            entry = self.entry("calendar", name, at)
            if entry is not None and entry.factor is not None:
                return entry.factor
        return 1.0

    def entries(self, kind: str) -> Iterator[Entry]:
        """All versions of all entries of a kind; versions of one id follow each other."""
        for versions in list(self._dated[kind].values()):
            yield from list(versions.values())

    @property
    def size(self) -> int:
        """How many entries of all kinds there are."""
        return sum(self._counts.values())

    def count(self, kind: str) -> int:
        """Number of entries of a kind, all versions included."""
        return self._counts[kind]

    def voids(self, topic: str, partition: int) -> tuple[tuple[int, int], ...]:
        """The ranges that are not to be counted: first and last offset of each, inclusive.

        Args:
            topic: an input topic, without prefix.
            partition: its number, from 0.
        """
        return self._voids.get((topic, partition), ())

    def _add(self, entry: Entry) -> None:
        versions = self._dated[entry.kind].setdefault(entry.id, {})
        # A later entry of the same date replaces the version, and is no further one.
        self._counts[entry.kind] += entry.valid_from not in versions
        versions[entry.valid_from] = entry
        self._resolved.clear()
        if entry.kind == "void":
            topic, _, partition = entry.id.partition(":")
            ranges = ((version.first_offset or 0, version.last_offset or 0) for version in versions.values())
            self._voids[topic, int(partition)] = tuple(sorted(ranges))

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
        of_kind = self._dated[lookup.kind]
        versions = [of_kind[entry_id] for entry_id in ids if entry_id in of_kind]
        # The value can change only at a date at which some version of some matching id begins or ends.
        dates = sorted({date for dated in versions for entry in dated.values() for date in _dates(entry)})
        values = [(date, _value_at(versions, date, lookup.field)) for date in dates]
        begun = next((place for place, (_, value) in enumerate(values) if value is not None), len(values))
        return values[begun:]


def latest(timeline: Timeline, at: int) -> int | None:
    """The value that is valid at a time (epoch ms), or None."""
    # The number of versions that have begun; the last one of them is valid.
    place = bisect_right(timeline, at, key=itemgetter(0))
    return timeline[place - 1][1] if place else None


def _dates(entry: Entry) -> tuple[int, ...]:
    """When the entry begins, and when it ends if it does."""
    return (entry.valid_from,) if entry.valid_until is None else (entry.valid_from, entry.valid_until)


def _holding(versions: Mapping[int, Entry], at: int) -> Entry | None:
    """The newest version that has begun, unless it has ended: an earlier one does not become valid again."""
    since = max((date for date in versions if date <= at), default=None)
    return versions[since] if since is not None and versions[since].holds_at(at) else None


def _value_at(versions: list[dict[int, Entry]], at: int, field: str) -> int | None:
    """The value of the most specific id that is valid."""
    for dated in versions:
        entry = _holding(dated, at)
        if entry is not None:
            value: int | None = getattr(entry, field)
            return value
    return None
