"""Fencing: taking a lane's transactional id, and ending the former owner's last transaction everywhere.

Kafka answers a commit when its coordinator has decided, and tells the partitions afterwards. If a partition
has no leader at that moment, Kafka 4.4 never tells it (KAFKA-20734): the records stay undecided, and hide all
that follows them, until the id's *next* transaction ends there, which decides them too. If a lane recovered
in between, it would not see its last commit, count its records once more, and make both visible with its
next commit.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.transport.batch import OutRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.tables.bounded_reader import BoundedReader
    from creator_pulse.stream.transport.log import Log, LogProducer

logger = logging.getLogger(__name__)

# Key of a tombstone, for an entry that no lane has.
_NOTHING = b""


async def fence(
    log: Log, transactional_id: str, changelog: BoundedReader, outputs: Iterable[tuple[str, int]]
) -> LogProducer:
    """Fence the former owner, and end the transaction whose outcome the changelog was not told.

    Nobody else writes to the changelog partition, and the fence aborts a transaction that the owner left
    *open*. So a transaction that is still undecided was committed, or it was aborted and no partition was
    told: both ways it is complete.

    Args:
        log: has the transactional id and the partitions.
        transactional_id: of the lane's only producer.
        changelog: topic and partition that hold the lane's state.
        outputs: topic and number of the other partitions that each of the lane's transactions may write.

    Raises:
        LaneError: it cannot be ended now; open the lane again later.
        UnreachableError: the log does not answer.
    """
    producer = await log.producer(transactional_id)
    try:
        if not await changelog.undecided():
            return producer
        logger.warning("%s was not told how its last transaction ended: ending it", changelog.name)
        places = ((changelog.topic, changelog.partition), *outputs)
        await producer.commit([OutRecord(topic, _NOTHING, None, partition) for topic, partition in places])
    except BaseException:
        await producer.close()
        raise
    await producer.close()
    # Taking the id once more waits until the partitions were told.
    producer = await log.producer(transactional_id)
    if await changelog.undecided():
        await producer.close()
        raise LaneError(f"{changelog.name} is not told how its last transaction ended")
    return producer
