"""A source whose records are replaced by others, for example by copies or by broken ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.generator.producer import Plan, RecordSource

if TYPE_CHECKING:
    from creator_pulse.stream.settings import Settings

Replace = Callable[[Produced], list[Produced]]
"""Returns the records that are sent in place of one."""


class Replaced(RecordSource):
    """The generator's records, each replaced by one or more others.

    Args:
        plan: rate and length of the originals.
        settings: partitions of the input topics.
        start_ms: virtual time of the first record, epoch ms.
        replace: returns the records that are sent in place of one.
    """

    def __init__(self, plan: Plan, settings: Settings, start_ms: int, replace: Replace) -> None:
        super().__init__(plan, settings, start_ms)
        self._replace = replace

    def take(self, until_ms: float | None) -> list[Produced]:
        """The next records; those that replace one original follow each other."""
        return [record for original in super().take(until_ms) for record in self._replace(original)]
