"""Checks whether Kafka accepts inputs dated ahead of its clock: one such record makes later ones late."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from creator_pulse.stream.transport.topics import AHEAD, admin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka.admin import AIOKafkaAdminClient

    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.topics import Topic

_TYPE = "message.timestamp.type"
# The limit of Kafka before 3.6, for both directions.
_BOTH_WAYS = "message.timestamp.difference.max.ms"
_STAMPED = "LogAppendTime"
_SHOWN = 3


class Clocks(NamedTuple):
    """Input topics whose timestamps are not known to be bounded.

    Attributes:
        open: topics that accept records dated too far ahead.
        unknown: topics whose configuration may not be read.
    """

    open: tuple[str, ...]
    unknown: tuple[str, ...]


async def clock_warning(settings: Settings, topics: Iterable[Topic]) -> str | None:
    """A warning about existing topics, in one line; None if all is well.

    Args:
        settings: Kafka's address, and how far an event may be ahead.
        topics: as declared; those with a limit of their timestamps are checked.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    names = [topic.name for topic in topics if AHEAD in topic.config]
    async with admin_of(settings) as admin:
        return warning(await _clocks(admin, names, settings.future_limit_ms), settings.future_limit_ms)


def warning(clocks: Clocks, limit_ms: int) -> str | None:
    """The warning, or None.

    Args:
        clocks: the topics to warn of.
        limit_ms: how far an event may be ahead.
    """
    parts = []
    if clocks.open:
        parts.append(
            f"{_some(clocks.open)} may take records dated more than {limit_ms} ms ahead of Kafka's clock, "
            f"and one such record makes later ones late: set {AHEAD}={limit_ms} (Kafka 3.6 and later) or "
            f"{_TYPE}={_STAMPED}"
        )
    if clocks.unknown:
        parts.append(
            f"whether {_some(clocks.unknown)} may take records dated ahead of Kafka's clock is not known: "
            "the user needs the right to describe their configuration"
        )
    return "; ".join(parts) or None


async def _clocks(admin: AIOKafkaAdminClient, names: list[str], limit_ms: int) -> Clocks:
    wanted = dict.fromkeys((AHEAD, _TYPE, _BOTH_WAYS))
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in names]
    configs: dict[str, Mapping[str, str]] = {}
    try:
        for reply in await admin.describe_configs(resources):
            configs |= {
                name: {entry[0]: entry[1] for entry in entries}
                for code, _, _, name, entries in reply.resources
                if code == 0
            }
    except KafkaError:
        configs = {}
    return Clocks(
        tuple(name for name in names if name in configs and not is_bounded(configs[name], limit_ms)),
        tuple(name for name in names if name not in configs),
    )


def is_bounded(config: Mapping[str, str], limit_ms: int) -> bool:
    """Whether Kafka rejects or replaces timestamps that are too far ahead.

    Args:
        config: configuration of a topic.
        limit_ms: how far ahead is too far.
    """
    if config.get(_TYPE) == _STAMPED:
        return True
    limits = [int(config[name]) for name in (AHEAD, _BOTH_WAYS) if config.get(name)]
    return min(limits, default=limit_ms + 1) <= limit_ms


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
