"""How a lane goes on where counting has failed: in parts that shrink until one record is left to blame."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from creator_pulse.stream.transport.batch import Batch
    from creator_pulse.stream.windows.lane import Lane

_NARROWED = 8
"""A part that fails is taken again in so many."""
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
    """Whether an error can come from what was counted, and not from what stands around it."""
    return not isinstance(error, _ELSEWHERE)


def place_of(error: BaseException) -> str:
    """What went wrong and where in the code. The error's own text may hold what a record says."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


@dataclass(slots=True)
class Care:
    """What is remembered of failures, from one opening of the lane to the next.

    Attributes:
        until: the offset up to which parts are taken.
        most: records of a part.
        alone: offset of the record at which counting has failed by itself; -1: none.
    """

    until: int
    most: int = 1
    alone: int = -1

    def failed(self, first: int, records: int, until: int) -> None:
        """A part has failed.

        Args:
            first: its first offset.
            records: how many it had.
            until: the offset after it.
        """
        self.until = max(self.until, until)
        if records > 1:
            self.most = max(1, records // _NARROWED)
        else:
            self.most, self.alone = 1, first

    def part(self, batch: Batch) -> Batch:
        """The first records of a batch, as many as are taken at once."""
        if batch.unreadable is not None:
            return batch
        return batch.rows(0, min(self.most, len(batch)))

    def counted(self) -> None:
        """A part was committed."""
        self.most *= _NARROWED


def sound(lane: Lane, batch: Batch) -> int:
    """How many of the first records a lane can at least read.

    Raises:
        Exception: each by itself can be read, but not all together.
    """
    try:
        lane.probe(batch)
    except BaseException as error:
        if not is_of_data(error):
            raise
        for row in range(len(batch)):
            try:
                lane.probe(batch.rows(row, row + 1))
            except BaseException as alone:
                if not is_of_data(alone):
                    raise
                return row
        raise
    return len(batch)
