"""The state of a merge lane that stands in the marker, besides the offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.windows.progress import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.settings import Settings


class MergeState(msgspec.Struct, array_like=True):
    """The lane's own totals, and the settings that its sums and finals were made with.

    ``bounds``: of rules, by the name of their setting.
    ``invalid``: records that could not be added, by reason.
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


def _same(name: str, what: str, recorded: Mapping[str, int], stated: Mapping[str, int]) -> None:
    if recorded != stated:
        raise ChangelogError(
            f"in this changelog {what} {recorded}, the settings say {stated}: set {name} back, or begin "
            "afresh, as docs/exactness.md says"
        )
