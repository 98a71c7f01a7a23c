"""The state of a merge lane that stands in the marker, besides the offset."""

from __future__ import annotations

from struct import pack, unpack
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.windows.progress import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings


class MergeState(msgspec.Struct, array_like=True):
    """The lane's own totals, and the settings that its sums and finals were made with.

    ``bounds``: of rules, by the name of their setting.
    ``invalid``: records that could not be added, by reason.
    ``declared``: marks of the measures that are counted, four bytes each; empty: of a version without marks.
    ``since``: measures that are counted from later on than the log, and from when on, epoch ms; of a version
    that did not tell levels apart.
    ``since_of``: the same by level of panes.
    """

    sources: list[tuple[str, int, Source]]
    frontiers: dict[str, int]
    reference: int
    dropped: int
    restatements: int
    lost: int
    days: dict[str, int]
    bounds: dict[str, int] = {}
    invalid: dict[str, int] = {}
    overflowed: dict[str, int] = msgspec.field(default_factory=dict)
    declared: bytes = b""
    since: dict[str, int] = msgspec.field(default_factory=dict)
    since_of: dict[int, dict[str, int]] = msgspec.field(default_factory=dict)

    def lacks(self, tables: Mapping[str, Table]) -> Iterator[str]:
        """The measures that were not counted, or in another table, when this state was written.

        Args:
            tables: measure -> its table, as declared now.
        """
        # What a version without marks declared, nobody knows any more.
        if self.declared:
            before = set(_marks_in(self.declared))
            yield from (name for name, table in tables.items() if _mark(name, table) not in before)

    def check(self, settings: Settings, bounds: Mapping[str, int], declared: Mapping[str, int]) -> None:
        """Make sure that nothing is added to sums, or said of windows, by other settings than before.

        Args:
            settings: as the worker has them now.
            bounds: name of a setting -> bound of the rules that it tunes.
            declared: the same as declared: that of a bound which could not be set yet.

        Raises:
            ChangelogError: a setting has another value.
        """
        _same("PULSE_DAY_OFFSET_HOURS", "business days begin by the offsets", self.days, settings.day_offsets)
        before = {name: self.bounds.get(name, bound) for name, bound in declared.items()}
        changed = [name for name, bound in bounds.items() if before[name] != bound]
        names = " and ".join(f"PULSE_{name.upper()}" for name in changed)
        _same(names, "rules have the bounds", before, bounds)


def declared(tables: Mapping[str, Table]) -> bytes:
    """Marks of the measures that are counted.

    Args:
        tables: measure -> its table.
    """
    return pack(f"<{len(tables)}I", *sorted(_mark(name, table) for name, table in tables.items()))


def _marks_in(packed: bytes) -> tuple[int, ...]:
    return unpack(f"<{len(packed) // 4}I", packed)


def _mark(measure: str, table: Table) -> int:
    # Sums that move to another table begin anew there.
    return crc32(f"{table.name}/{measure}".encode())


def _same(name: str, what: str, recorded: Mapping[str, int], stated: Mapping[str, int]) -> None:
    if recorded != stated:
        raise ChangelogError(
            f"in this changelog {what} {recorded}, the settings say {stated}: set {name} back, or begin "
            "afresh, as docs/exactness.md says"
        )
