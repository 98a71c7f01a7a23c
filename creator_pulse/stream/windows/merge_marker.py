"""What the marker of a merge lane carries besides the offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.tuned import bounds_of
from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.windows.progress import Source

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kept(msgspec.Struct, array_like=True):
    """The lane's own totals, and the settings that its sums and finals were made with.

    ``invalid``: records that could not be added, by reason.
    """

    sources: list[tuple[str, int, Source]]
    frontiers: dict[str, int]
    reference: int
    dropped: int
    restatements: int
    lost: int
    days: dict[str, int]
    bounds: dict[str, int] = msgspec.field(default_factory=lambda: bounds_of(Settings()))
    invalid: dict[str, int] = {}
    overflowed: dict[str, int] = msgspec.field(default_factory=dict)

    def check(self, settings: Settings) -> None:
        """Make sure that nothing is added to sums, or said of windows, by other settings than before.

        Raises:
            ChangelogError: a setting has another value.
        """
        _same("PULSE_DAY_OFFSET_HOURS", "business days begin by the offsets", self.days, settings.day_offsets)
        bounds = bounds_of(settings)
        changed = [name for name in bounds if self.bounds.get(name) != bounds[name]]
        names = " and ".join(f"PULSE_{name.upper()}" for name in changed)
        _same(names, "rules have the bounds", self.bounds, bounds)


def _same(name: str, what: str, known: Mapping[str, int], said: Mapping[str, int]) -> None:
    if known != said:
        raise ChangelogError(
            f"in this changelog {what} {known}, the settings say {said}: set {name} back, or begin afresh, "
            "as docs/exactness.md says"
        )
