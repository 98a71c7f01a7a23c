"""Many times the traffic of one generator: each of its records is sent in several copies of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.generator.producer import Plan, RecordSource

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

_IDS = (b'"event_id":"', b'"group_id":"', b'"deal_id":"')


class Copied(RecordSource):
    """The generator's records, each in several copies that differ in event, streak and deal ids.

    A copy costs a tenth of a generated record, so one process reaches rates that the generator does not.

    Args:
        plan: rate and length of the originals.
        settings: partitions of the input topics.
        start_ms: virtual time of the first record, epoch ms.
        copies: number of events per original.
    """

    def __init__(self, plan: Plan, settings: Settings, start_ms: int, copies: int) -> None:
        super().__init__(plan, settings, start_ms)
        self._tags = [f"{number:x}.".encode() for number in range(copies)]

    def take(self, until_ms: float | None) -> list[Produced]:
        """The next records; the copies of an original follow each other."""
        return [copy for record in super().take(until_ms) for copy in self._copies(record)]

    def _copies(self, record: Produced) -> list[Produced]:
        if record.value is None:
            return [record] * len(self._tags)
        return [record._replace(value=_tagged(record.value, tag)) for tag in self._tags]


def _tagged(value: bytes, tag: bytes) -> bytes:
    for field in _IDS:
        value = value.replace(field, field + tag)
    return value
