"""Taking a lane's transactional id, with the former owner's last transaction ended everywhere.

Kafka answers a commit when its coordinator has decided, and tells the partitions afterwards. A
partition that has no leader at that moment is never told by Kafka 4.4 (KAFKA-20734): the
records stay undecided, and hide all that follows them, until the id's *next* transaction ends there,
which decides them too. A lane that recovered in between would not see its last commit, count its
records once more, and with its next commit make both visible.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.transport.batch import OutRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.tables.patient_reader import PatientReader
    from creator_pulse.stream.transport.log import Log, LogProducer

logger = logging.getLogger(__name__)

_NOTHING = b""
"""Key of a tombstone for an entry that no lane has."""


async def take(
    log: Log, transactional_id: str, changelog: PatientReader, outputs: Iterable[tuple[str, int]]
) -> LogProducer:
    """Fence the former owner, and end what it committed but the changelog was not told of.

    Nobody else writes into the changelog partition, and what the owner left *open* is aborted by the
    fence. So what is undecided after the fence was committed; or it was aborted and no partition was
    told, and then it is whole as well.

    Args:
        log: where records are.
        transactional_id: of the lane.
        changelog: the lane's partition of it.
        outputs: the other partitions that each of the lane's transactions may write.

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
