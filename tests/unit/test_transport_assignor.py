"""Partitions are dealt out among workers: those that the settings know and Kafka has, each to one."""

from __future__ import annotations

from collections import Counter

from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.assignor import Assignor
from creator_pulse.stream.transport.group_members import Member, in_words, strangers, worker_name
from creator_pulse.stream.transport.names import PANE_TOPIC, partitions_of

COUNTED = {"creator.gift": 4, "creator.deal": 1, "pulse.pane": 2}


class Cluster:
    """Topics and their partitions, as a client has heard of them."""

    def __init__(self, partitions: dict[str, int]) -> None:
        self._partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """Numbers, None of a topic that is not there."""
        count = self._partitions.get(topic)
        return None if count is None else set(range(count))


def dealt(there: dict[str, int], *members: str) -> dict[str, list[tuple[str, int]]]:
    """Who reads what."""
    assignor = Assignor(COUNTED)
    said = {member: assignor.metadata(COUNTED) for member in members}
    assignment = assignor.assign(Cluster(there), said)
    return {
        member: [(topic, number) for topic, numbers in share.assignment for number in numbers]
        for member, share in assignment.items()
    }


def test_each_partition_has_one_reader() -> None:
    """Seven partitions among three workers: no one has two more than another."""
    assignment = dealt(COUNTED, "a", "b", "c")
    assert Counter(place for share in assignment.values() for place in share) == Counter(
        (topic, number) for topic, count in COUNTED.items() for number in range(count)
    )
    assert sorted(map(len, assignment.values())) == [2, 2, 3]


def test_partitions_beyond_the_settings_have_none() -> None:
    """A topic was given two more: they are left alone, and so is what the others read."""
    assert dealt(COUNTED | {"creator.gift": 6}, "a", "b") == dealt(COUNTED, "a", "b")


def test_a_topic_that_is_gone_takes_nothing_else_along() -> None:
    """Its partitions have no reader, all others have."""
    there = {topic: count for topic, count in COUNTED.items() if topic != "creator.gift"}
    assignment = dealt(there, "a", "b")
    assert sorted(place for share in assignment.values() for place in share) == [
        ("creator.deal", 0),
        ("pulse.pane", 0),
        ("pulse.pane", 1),
    ]


def test_a_worker_too_many_has_nothing() -> None:
    """And is told so."""
    assert dealt({"creator.deal": 1}, "a", "b") == {"a": [("creator.deal", 0)], "b": []}


def test_it_has_a_name_that_no_other_consumer_has() -> None:
    """Kafka lets nobody into the group who does not know it."""
    assert Assignor.name == "pulse" != RoundRobinPartitionAssignor.name


def test_what_a_worker_says_of_itself_can_be_decoded() -> None:
    """The group's leader reads it."""
    metadata = Assignor(COUNTED).metadata(["creator.gift"])
    assert ConsumerProtocolMemberMetadata.decode(metadata.encode()).subscription == ["creator.gift"]


def test_the_pane_topic_has_as_many_lanes_as_merge_partitions() -> None:
    """Inputs have theirs by their group of topics."""
    settings = Settings(partitions=6, quiet_partitions=2, merge_partitions=3)
    topics = ("creator.gift", "creator.deal", PANE_TOPIC)
    assert [partitions_of(topic, settings) for topic in topics] == [6, 2, 3]


def test_strangers_are_who_does_not_call_himself_a_worker() -> None:
    """Of this installation: a worker of another app id is one as well."""
    settings = Settings(app_id="mine")
    members = [
        Member("mine-worker", "10.0.0.1"),
        Member("rdkafka", "10.0.0.9"),
        Member("pulse-worker", "10.0.0.2"),
    ]
    assert strangers(members, worker_name(settings)) == (
        Member("pulse-worker", "10.0.0.2"),
        Member("rdkafka", "10.0.0.9"),
    )


def test_strangers_are_told_by_name_and_place() -> None:
    """Those that are alike together."""
    assert (
        in_words([Member("rdkafka", "10.0.0.9")] * 2 + [Member("x", "h")])
        == "rdkafka at 10.0.0.9 (2), x at h"
    )
