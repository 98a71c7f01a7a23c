"""How a lane goes on after counting has failed: in parts that shrink until one record is left to blame.

For example, if a batch of 512 records fails, the next attempt takes 64 of them, then 8, then 1. If that one
fails alone, it is refused, and the parts grow again.
"""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.lane import Lane
    from creator_pulse.stream.transport.batch import Batch

# A part that fails is taken again in parts of one n-th of its records.
_NARROWED = 8
_ELSEWHERE = (
    PulseError,
    MemoryError,
    OSError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
    asyncio.CancelledError,
)


def is_of_data(error: BaseException) -> bool:
    """Whether an error can come from the records that were counted, and not from the surroundings.

    For example, a ``ZeroDivisionError`` may come from a record; a ``MemoryError`` or a cancellation does not.
    """
    return not isinstance(error, _ELSEWHERE)


def place_of(error: BaseException) -> str:
    """The class of an error and where in the code it was raised.

    Never the error's own text, because it may quote a record.
    """
    # The last frame is where the error was raised, not where it was caught.
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


@dataclass(slots=True)
class Care:
    """The state of narrowing down on failures, kept from one opening of the lane to the next.

    Attributes:
        until: source offset before which records are still counted in parts.
        most: records per part, >= 1.
        alone: offset of the record at which counting has failed by itself; -1 if there is none.
    """

    until: int
    most: int = 1
    alone: int = -1

    def failed(self, first: int, records: int, until: int) -> None:
        """Note that a part has failed: the next one is smaller.

        Args:
            first: offset of the first record of the part.
            records: how many the part has, >= 1.
            until: offset after its last record.
        """
        self.until = max(self.until, until)
        # A part of one record cannot shrink: it is the record that is to blame.
        if records > 1:
            self.most = max(1, records // _NARROWED)
        else:
            self.most, self.alone = 1, first

    def part(self, batch: Batch) -> Batch:
        """The first ``most`` records of a batch; the whole batch if it cannot be read anyway."""
        if batch.unreadable is not None:
            return batch
        return batch.rows(0, min(self.most, len(batch)))

    def counted(self) -> None:
        """Note that a part was committed: the next one may be larger."""
        self.most *= _NARROWED


def sound(lane: Lane, batch: Batch) -> int:
    """How many of a batch's first records the lane can at least decode.

    Args:
        lane: it is not changed.
        batch: n records, none counted yet.

    Returns:
        0 to n: the records before the first one that cannot be decoded by itself.

    Raises:
        Exception: each record can be decoded alone, but the batch cannot.
    """
    try:
        lane.probe(batch)
    except BaseException as error:
        if not is_of_data(error):
            raise
        # All together have failed: the first row that fails by itself ends those that can be decoded.
        for row in range(len(batch)):
            try:
                lane.probe(batch.rows(row, row + 1))
            except BaseException as alone:
                if not is_of_data(alone):
                    raise
                return row
        raise
    return len(batch)
