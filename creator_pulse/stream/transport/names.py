"""Names of the topics that the application writes; those of the inputs carry the settings' prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.settings import Settings

PANE_TOPIC = "pulse.pane"
WINDOW_TOPIC = "pulse.window"
LATE_TOPIC = "pulse.late"
DEAD_TOPIC = "pulse.dead-letter"
CASE_TOPIC = "pulse.case"

REFERENCE = "reference"
"""The reference topic, without prefix."""
PANE_LABEL = "pane"
"""Value of the ``topic`` label for merge lanes."""


def outputs_of(topic: str, settings: Settings) -> tuple[tuple[str, int], ...]:
    """The partitions to which the lanes of a source send their results.

    Args:
        topic: full name of an input topic, the reference topic or the pane topic.
        settings: number of merge lanes.
    """
    if topic == settings.topic(REFERENCE):
        return ()
    following = (WINDOW_TOPIC, CASE_TOPIC) if topic == PANE_TOPIC else (PANE_TOPIC,)
    return tuple((name, number) for name in following for number in range(settings.merge_partitions))


def label_of(topic: str, settings: Settings) -> str:
    """The value of the ``topic`` label: ``creator.gift`` -> ``gift``, ``pulse.pane`` -> ``pane``.

    Args:
        topic: full name of an input topic, or the pane topic.
        settings: the prefix of the input topics.
    """
    return PANE_LABEL if topic == PANE_TOPIC else topic.removeprefix(settings.topic(""))


def partitions_of(topic: str, settings: Settings) -> int:
    """How many partitions of a topic are counted, each by a lane.

    Args:
        topic: full name of an input topic, or the pane topic.
        settings: the numbers of partitions.
    """
    name = label_of(topic, settings)
    return settings.merge_partitions if name == PANE_LABEL else settings.partitions_of(name)
