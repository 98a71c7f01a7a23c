"""Which worker reads which partition: of the topics that are counted, those that the settings know.

The assignment has a name of its own, which Kafka asks all members of a group to share. So nobody else's
consumer can join the workers' group and take partitions that then nobody counts; and where it was
there first, the workers are told. Partitions that a topic was given beyond the settings are left alone:
a group that assigned them would have lanes without a changelog.
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

    Args:
        partitions: topic -> how many of its partitions are counted.
    """

    name = "pulse"

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self._partitions = partitions

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Who gets what.

        Args:
            cluster: which partitions there are.
            members: of the group.
        """
        there = sorted(
            TopicPartition(topic, number)
            for topic, count in self._partitions.items()
            for number in cluster.partitions_for_topic(topic) or ()
            if number < count
        )
        shares: dict[str, dict[str, list[int]]] = {member: defaultdict(list) for member in sorted(members)}
        for at, place in enumerate(there):
            share = list(shares.values())[at % len(shares)]
            share[place.topic].append(place.partition)
        return {
            member: ConsumerProtocolMemberAssignment(_VERSION, sorted(share.items()), _NOTHING)
            for member, share in shares.items()
        }

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What a member says of itself."""
        return ConsumerProtocolMemberMetadata(_VERSION, list(topics), _NOTHING)

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Nothing to remember."""
