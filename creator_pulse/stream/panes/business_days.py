"""Where the business days of the apps begin: at a fixed hour, so that each has 24 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Zone(NamedTuple):
    """Apps whose business days begin together.

    Attributes:
        phase: their days begin so many ms after a multiple of a day.
        apps: None: all, of windows that know no days.

    Example:
        >>> Zone(phase=57_600_000, apps=frozenset({"douyin"})).phase // 3_600_000
        16
    """

    phase: int = 0
    apps: frozenset[str] | None = None


ANYWHERE = Zone()


class BusinessDays:
    """The zones of all apps.

    Args:
        offsets: app -> how many hours its business day begins before that of UTC.

    Attributes:
        zones: in the order of their phases.

    Example:
        >>> days = BusinessDays({"tiktok": 0, "douyin": 8})
        >>> days.begins(0, "tiktok"), days.begins(0, "douyin")
        ((0,), (-28800000,))
    """

    def __init__(self, offsets: Mapping[str, int]) -> None:
        # A day that begins h hours before that of UTC begins 24 - h hours after a multiple of a day.
        phases = {app: -hours * HOUR_MS % DAY_MS for app, hours in offsets.items()}
        self.zones = tuple(
            Zone(phase, frozenset(app for app, of_app in phases.items() if of_app == phase))
            for phase in sorted(set(phases.values()))
        )
        self._every = tuple(zone.phase for zone in self.zones)
        self._phases = {app: (phase,) for app, phase in phases.items()}

    def begins(self, start: int, app: str) -> tuple[int, ...]:
        """Starts of the days that hold a time: one, or one for each zone of what belongs to no app.

        Args:
            start: a time, epoch ms.
            app: or anything else, of sums that are of all apps.
        """
        # What is of no single app is in a day of each zone, so that every zone's window finds it.
        phases = self._phases.get(app, self._every)
        return tuple([(start - phase) // DAY_MS * DAY_MS + phase for phase in phases])
