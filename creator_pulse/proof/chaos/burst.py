"""Many times the traffic of one generator: each record is sent in several copies, all different events."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.proof.chaos.replaced import Replace
    from creator_pulse.stream.generator.model import Produced

_IDS = (b'"event_id":"', b'"group_id":"', b'"deal_id":"')


def copying(count: int) -> Replace:
    """Replace a record by ``count`` copies that differ in event, streak and deal ids.

    A copy costs a tenth of a generated record, so one process reaches rates that the generator does not.
    """
    tags = [f"{number:x}.".encode() for number in range(count)]

    def replace(record: Produced) -> list[Produced]:
        if record.value is None:
            return [record] * count
        return [record._replace(value=_tagged(record.value, tag)) for tag in tags]

    return replace


def _tagged(value: bytes, tag: bytes) -> bytes:
    for field in _IDS:
        value = value.replace(field, field + tag)
    return value
