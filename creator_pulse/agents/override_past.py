"""The overrides of a stretch of time, from the reference topic: set when and by whom, and how each ended."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.agents.override import ENDED_MS, read_references
from creator_pulse.stream.catalog.overrides import overridable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import Log


class PastOverride(msgspec.Struct, frozen=True, kw_only=True):
    """A bound that somebody set.

    Attributes:
        alert: its name.
        app: where.
        region: ``all`` of an alert of a whole app.
        bound: in place of the declared one.
        meaning: unit of the bound.
        began: epoch seconds.
        expires: until when it was set, epoch seconds.
        who: set it.
        why: their reason.
        ended: when it was ended or set anew before that, epoch seconds; None: it was not.
        ended_by: who did.
        ended_why: their reason.
    """

    alert: str
    app: str
    region: str
    bound: float
    meaning: str
    began: float
    expires: float
    who: str
    why: str
    ended: float | None = None
    ended_by: str = ""
    ended_why: str = ""

    @property
    def held_until(self) -> float:
        """When it ended, or will by itself; epoch seconds."""
        return self.expires if self.ended is None else self.ended


class OverrideLog:
    """Where past overrides are read.

    Args:
        settings: name of the reference topic.
        log: holds it.
    """

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings, self._log = settings, log

    async def held(self, since: float, until: float) -> list[PastOverride]:
        """The overrides that held at some time of a stretch, by begin; both in epoch seconds.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        references = await read_references(self._log, self._settings)
        overrides = past_overrides(references.entries("override"))
        held = [override for override in overrides if override.began < until and override.held_until > since]
        return sorted(
            held, key=lambda override: (override.began, override.alert, override.app, override.region)
        )


def past_overrides(entries: Iterable[Entry]) -> Iterator[PastOverride]:
    """Overrides from the versions of their entries, in any order.

    A version that follows ends the one before it; one that lasts for ``ENDED_MS`` is an end and nothing else.
    """
    by_place = sorted(entries, key=lambda entry: (entry.id, entry.valid_from))
    for name, versions in groupby(by_place, key=lambda entry: entry.id):
        alert, app, region = name.split(":")
        for entry, following in pairwise((*versions, None)):
            assert entry is not None
            if entry.valid_until is None or entry.valid_until - entry.valid_from <= ENDED_MS:
                continue
            override = PastOverride(
                alert=alert,
                app=app,
                region=region,
                bound=entry.value or 0.0,
                meaning=overridable()[alert][0].condition.meaning if alert in overridable() else "",
                began=entry.valid_from / 1_000,
                expires=entry.valid_until / 1_000,
                who=entry.who or "",
                why=entry.note or "",
            )
            if following is not None and following.valid_from < entry.valid_until:
                override = msgspec.structs.replace(
                    override,
                    ended=following.valid_from / 1_000,
                    ended_by=following.who or "",
                    ended_why=following.note or "",
                )
            yield override
