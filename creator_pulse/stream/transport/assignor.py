"""Partition assignment: which worker reads which of the partitions that the settings count.

The assignment protocol has a name of its own, which Kafka requires all members of a group to share. So a
foreign consumer cannot join the workers' group and take partitions that nobody would count then; if it was
there first, the workers are refused, and report it. Partitions that a topic has beyond the settings are not
assigned, because their lanes would have no changelog.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka.cluster import ClusterMetadata

_VERSION = 0
_NOTHING = b""


class Assignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """Deals partitions out in turn, in the order of topics and numbers.

    For example, two members of a topic with three partitions get 0 and 2, and 1.

    Args:
        partitions: topic -> how many partitions are counted.
    """

    name = "pulse"

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self._partitions = partitions

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """The partitions of each member.

        Args:
            cluster: metadata: which partitions each topic has.
            members: id of each member of the group -> its metadata.
        """
        there = sorted(
            TopicPartition(topic, number)
            for topic, count in self._partitions.items()
            for number in cluster.partitions_for_topic(topic) or ()
            if number < count
        )
        shares: dict[str, dict[str, list[int]]] = {member: defaultdict(list) for member in sorted(members)}
        # Partition number i of the sorted list goes to member i modulo their number.
        for at, place in enumerate(there):
            share = list(shares.values())[at % len(shares)]
            share[place.topic].append(place.partition)
        return {
            member: ConsumerProtocolMemberAssignment(_VERSION, sorted(share.items()), _NOTHING)
            for member, share in shares.items()
        }

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """The metadata that a member sends when it joins."""
        return ConsumerProtocolMemberMetadata(_VERSION, list(topics), _NOTHING)

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Nothing to do."""
