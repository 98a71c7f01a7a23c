"""Whether topics take records dated ahead of Kafka's clock, and the one line that says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import InvalidConfigurationError, TopicAlreadyExistsError

from creator_pulse.stream.errors import TopicError
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.topic_clocks import Clocks, is_bounded, warning
from creator_pulse.stream.transport.topics import AHEAD, create, declared

LIMIT = 120_000
FOR_EVER = str(2**63 - 1)
"""What Kafka before 4.0 has where nobody set it; since then it is an hour."""


@pytest.mark.parametrize(
    ("config", "bounded"),
    [
        ({AHEAD: "120000", "message.timestamp.type": "CreateTime"}, True),
        ({AHEAD: "120001"}, False),
        ({AHEAD: "3600000"}, False),
        ({AHEAD: FOR_EVER}, False),
        ({AHEAD: FOR_EVER, "message.timestamp.type": "LogAppendTime"}, True),
        ({"message.timestamp.difference.max.ms": FOR_EVER}, False),
        ({"message.timestamp.difference.max.ms": "60000"}, True),
        ({}, False),
    ],
)
def test_what_bounds_a_timestamp(config: dict[str, str], *, bounded: bool) -> None:
    """A limit of at most what an event may be ahead, the broker's own time, or the limit of old brokers."""
    assert is_bounded(config, LIMIT) is bounded


def test_nothing_is_said_where_all_is_bounded() -> None:
    """No topic open, none unknown: no line."""
    assert warning(Clocks((), ()), LIMIT) is None


def test_one_line_names_the_topics_and_what_to_set() -> None:
    """Three by name and how many more, the setting with its value, and the other way."""
    said = warning(Clocks(("a", "b", "c", "d", "e"), ()), LIMIT)
    assert said is not None
    assert "\n" not in said
    for part in ("a, b, c and 2 more", f"{AHEAD}=120000", "message.timestamp.type=LogAppendTime"):
        assert part in said


def test_what_may_not_be_asked_is_said() -> None:
    """A user without the right to describe configurations learns that nothing is known."""
    said = warning(Clocks((), ("a",)), LIMIT)
    assert said is not None
    assert said.startswith("whether a may take records dated ahead")


def test_inputs_are_created_with_the_limit() -> None:
    """As far ahead as an event may be, of inputs only: what workers write is never refused for its clock."""
    topics = declared(Settings(future_limit_ms=5_000))
    bounded = {topic.name: topic.config[AHEAD] for topic in topics if AHEAD in topic.config}
    assert bounded == {f"creator.{name}": "5000" for name in INPUT_TOPICS}


class OldKafka:
    """Creates topics as a broker does that refuses some settings."""

    def __init__(self, *unknown: str) -> None:
        self._unknown = set(unknown)
        self.topics: dict[str, dict[str, str]] = {}

    async def create_topics(self, topics: list[Any]) -> SimpleNamespace:
        """The answer: an error code for each topic."""
        errors = []
        for topic in topics:
            error = None
            if self._unknown & set(topic.topic_configs):
                error = InvalidConfigurationError
            elif topic.name in self.topics:
                error = TopicAlreadyExistsError
            else:
                self.topics[topic.name] = dict(topic.topic_configs)
            errors.append((topic.name, 0 if error is None else error.errno, ""))
        return SimpleNamespace(topic_errors=errors)


async def test_a_kafka_that_does_not_know_the_limit_gets_topics_without_it() -> None:
    """All of them are created, with the rest of their settings."""
    kafka, topics = OldKafka(AHEAD), declared(Settings())
    await create(Settings(), kafka, topics)
    wanted = {
        topic.name: {name: text for name, text in topic.config.items() if name != AHEAD} for topic in topics
    }
    assert kafka.topics == wanted


async def test_another_wrong_setting_is_an_error() -> None:
    """What is refused for anything else is not created without it."""
    kafka = OldKafka("retention.ms")
    with pytest.raises(TopicError):
        await create(Settings(), kafka, declared(Settings()))


async def test_a_topic_that_somebody_else_made_meanwhile_is_no_error() -> None:
    """Two workers start at once."""
    kafka, topics = OldKafka(), declared(Settings())
    for _ in range(2):
        await create(Settings(), kafka, topics)
    assert len(kafka.topics) == len(topics)
