"""Checks a worker's rights at its start, so that a missing one is named before it causes a failure."""

from __future__ import annotations

import asyncio
from enum import IntEnum
from typing import TYPE_CHECKING

from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.types import Array, Boolean, Bytes, Int16, Int32, Schema, String

from creator_pulse.stream.errors import TopicError
from creator_pulse.stream.transport.fault import denial, denied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka.admin import AIOKafkaAdminClient

    from creator_pulse.stream.settings import Settings


class Right(IntEnum):
    """An operation of Kafka's access lists; the number is the bit's in a broker's answer."""

    READ = 3
    WRITE = 4


# Errors of a new Kafka that has no coordinator of groups yet.
_SOON = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
_TRIES, _PAUSE_SECONDS = 40, 0.5
# The kind of coordinator to ask for.
_GROUP = 0
_TEXT = String("utf-8")
# A broker's answer if it was not asked for rights, or does not know them.
_UNKNOWN = -(1 << 31)


class _MetadataAnswer(Response):  # type: ignore[misc]
    """Version 8, the last of the old encoding."""

    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _MetadataStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _MetadataAnswer
    SCHEMA = Schema(
        ("topics", Array(_TEXT)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class _Metadata(Request[_MetadataStruct]):  # type: ignore[misc]
    """A request for topics with the rights on them; aiokafka's own request cannot ask for these."""

    API_KEY = 3

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_MetadataStruct]) -> _MetadataStruct:
        return request_struct_class(self._topics, False, False, True)


class _GroupsAnswer(Response):  # type: ignore[misc]
    API_KEY = 15
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "groups",
            Array(
                ("error_code", Int16),
                ("group", _TEXT),
                ("state", _TEXT),
                ("protocol_type", _TEXT),
                ("protocol", _TEXT),
                (
                    "members",
                    Array(
                        ("member_id", _TEXT),
                        ("client_id", _TEXT),
                        ("client_host", _TEXT),
                        ("member_metadata", Bytes),
                        ("member_assignment", Bytes),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
    )


class _GroupsStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 15
    API_VERSION = 3
    RESPONSE_TYPE = _GroupsAnswer
    SCHEMA = Schema(("groups", Array(_TEXT)), ("include_authorized_operations", Boolean))


class _Groups(Request[_GroupsStruct]):  # type: ignore[misc]
    """A request for a group with the rights on it; aiokafka decodes the answer to its own wrongly."""

    API_KEY = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, request_struct_class: type[_GroupsStruct]) -> _GroupsStruct:
        return request_struct_class([self._group], True)


async def check_rights(
    admin: AIOKafkaAdminClient, settings: Settings, needed: Mapping[str, Iterable[Right]]
) -> None:
    """Check that topics may be read and written, and that the group may be joined.

    Args:
        admin: a client that is connected already.
        settings: the group, and the user.
        needed: topic -> operations on it.

    Raises:
        TopicError: a right is missing; the text names it.
        KafkaError: Kafka does not answer.
    """
    answer = await admin._send_request(_Metadata(sorted(needed)))  # noqa: SLF001 - aiokafka has no public way
    allowed = {entry["topic"]: entry["authorized_operations"] for entry in answer.to_object()["topics"]}
    for topic, rights in sorted(needed.items()):
        for right in rights:
            if _lacks(allowed.get(topic, _UNKNOWN), right):
                raise TopicError(denial(settings, "topic", f"{right.name.lower()} {topic}"))
    for attempt in range(_TRIES):
        code, allowed_on_group = await _group(admin, settings.app_id)
        if not issubclass(for_code(code), _SOON):
            break
        await asyncio.sleep(_PAUSE_SECONDS if attempt else 0)
    error: KafkaError = for_code(code)()
    on = denied(error) or ("group" if not code and _lacks(allowed_on_group, Right.READ) else "")
    if on:
        raise TopicError(denial(settings, on, f"read {settings.app_id}"))
    if code:
        raise error


async def _group(admin: AIOKafkaAdminClient, group: str) -> tuple[int, int]:
    """Error code and allowed operations of a group."""
    place = await admin._send_request(FindCoordinatorRequest(group, _GROUP))  # noqa: SLF001 - aiokafka has no public way
    if place.error_code:
        return place.error_code, _UNKNOWN
    answer = await admin._send_request(_Groups(group), place.coordinator_id)  # noqa: SLF001 - likewise
    (described,) = answer.to_object()["groups"]
    return described["error_code"], described["authorized_operations"]


def _lacks(allowed: int, right: Right) -> bool:
    return allowed != _UNKNOWN and not allowed >> right & 1
